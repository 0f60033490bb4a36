import { describe, expect, it } from 'vitest'
import { unknown, type Status } from '../../lib/status'
import { lineOf } from '../../phone/syncline'
import { spanWords, vi } from '../../phone/vi'

const line = (row: Status['row'], n: number): string => lineOf({ ...unknown, row, n }, Date.now()).a

describe('what the phone says', () => {
  it('counts what is left only where something is', () => {
    expect([3, 4, 5].map(row => line(row as Status['row'], 0))).toEqual(['Máy này đã bị khóa', 'Cần cập nhật ứng dụng', 'Cần đăng nhập lại để gửi'])
    expect([3, 4, 5].map(row => line(row as Status['row'], 2))).toEqual(['Máy này đã bị khóa · 2 mục vẫn còn trong máy', 'Cần cập nhật ứng dụng · 2 mục chưa gửi', 'Cần đăng nhập lại để gửi · 2 mục chưa gửi'])
    expect(vi.room(83, 0)).toBe('Chỗ chứa sắp hết (83%). Hãy xóa bớt ảnh, phim trong máy.')
    expect(vi.room(83, 37)).toBe('Chỗ chứa sắp hết (83%). Hãy bật mạng để gửi 37 ảnh, hoặc xóa bớt ảnh, phim trong máy.')
    expect(vi.forked(0)).toBe('Ứng dụng này cũng đang chạy ở nơi khác. Đăng nhập lại để tiếp tục.')
  })

  it('says how far a clock is off in words of its size', () => {
    expect([8100, 40, 86_400 * 3 + 7200, 86_400 * 95, 86_400 * 365 * 7.7].map(spanWords)).toEqual(['2 giờ 15 phút', '1 phút', '3 ngày 2 giờ', '3 tháng', '8 năm'])
  })
})

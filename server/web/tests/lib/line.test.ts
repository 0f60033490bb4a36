import { describe, expect, it } from 'vitest'
import type { Form } from '../../lib/contract'
import { unknown, type Status } from '../../lib/status'
import { reworded } from '../../phone/faults'
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

  it('has the fourteen texts of the sync line', () => {
    const now = Date.parse('2026-11-26T07:30:00Z') // 14:30 in Vietnam
    const at = '2026-11-26T07:05:00Z'
    const texts = (row: Status['row'], more: Partial<Status> = {}): (string | boolean)[] => {
      const { a, b, send } = lineOf({ ...unknown, row, n: 12, ...more }, now)
      return send ? [a, b, send] : [a, b]
    }
    expect(texts(1)).toEqual(['Đang mở sổ trong máy…', ''])
    expect(texts(2)).toEqual(['Máy hết chỗ, chưa lưu được', 'Bấm để xem cách giải phóng'])
    expect(texts(3)).toEqual(['Máy này đã bị khóa · 12 mục vẫn còn trong máy', 'Hãy gọi cán bộ xã'])
    expect(texts(4)).toEqual(['Cần cập nhật ứng dụng · 12 mục chưa gửi', 'Bấm để cập nhật'])
    expect(texts(5)).toEqual(['Cần đăng nhập lại để gửi · 12 mục chưa gửi', 'Dữ liệu vẫn còn trong máy'])
    expect(texts(6, { n: 4, unit: 'Thôn mẫu 2' })).toEqual(['4 mục của Thôn mẫu 2 không gửi được', 'Bấm để xem cách xử lý'])
    expect(texts(6, { n: 4, photos: 2, unit: 'Thôn mẫu 2' })[0]).toBe('4 mục và 2 ảnh của Thôn mẫu 2 không gửi được')
    expect(texts(6, { n: 0, photos: 2, unit: 'Thôn mẫu 2' })[0]).toBe('2 ảnh của Thôn mẫu 2 không gửi được')
    expect(texts(7)).toEqual(['Máy chủ vừa được khôi phục, đang đối chiếu', 'Xin giữ ứng dụng mở'])
    expect(texts(7, { again: true })).toEqual(['Đang tải lại sổ · 12 mục chưa gửi', 'Xin giữ ứng dụng mở'])
    expect(texts(8, { i: 3, total: 12 })).toEqual(['Đang gửi 3/12 mục…', ''])
    expect(texts(9, { i: 2, total: 3, percent: 40 })).toEqual(['Chữ đã gửi hết · đang gửi ảnh 2/3, 40%', ''])
    expect(texts(10)).toEqual(['12 mục chưa gửi · không có mạng', 'Sẽ tự gửi khi có mạng'])
    expect(texts(11, { seconds: 30 })).toEqual(['12 mục chưa gửi · máy chủ bận', 'Tự gửi lại sau 30 giây'])
    expect(texts(12, { at })).toEqual(['12 mục chưa gửi', 'Gửi lần cuối 14:05 hôm nay', true])
    expect(texts(12, { at: '2026-11-25T07:05:00Z' })).toEqual(['12 mục chưa gửi', 'Gửi lần cuối 14:05 hôm qua', true])
    expect(texts(12)).toEqual(['12 mục chưa gửi', 'Chưa gửi lần nào', true])
    expect(texts(13, { n: 3 })).toEqual(['Chữ đã gửi hết · còn 3 ảnh', 'Gửi ảnh khi có mạng'])
    expect(texts(14, { n: 0, at: '2026-11-20T07:05:00Z' })).toEqual(['Đã gửi hết', 'Nhận tin từ xã lần cuối 14:05 ngày 20/11'])
    expect(texts(14, { n: 0, at, days: 9, amber: true })).toEqual(['Đã gửi hết · 9 ngày chưa nhận tin từ xã', ''])
  })

  it('says of a value that no request can hold that it is too long', () => {
    const form = { kind: 'meeting', label: 'Họp', plural: 'Họp', fields: [{ name: 'summary', label: 'Tóm tắt', type: 'longText' }] } as unknown as Form
    expect(reworded({ code: 'op-too-large', field: 'summary', message: 'summary' }, form)).toBe('Tóm tắt dài quá, không gửi được. Hãy ghi ngắn lại.')
  })

  it('says how far a clock is off in words of its size', () => {
    expect([8100, 40, 86_400 * 3 + 7200, 86_400 * 95, 86_400 * 365 * 7.7].map(spanWords)).toEqual(['2 giờ 15 phút', '1 phút', '3 ngày 2 giờ', '3 tháng', '8 năm'])
  })
})

// The texts of the sync line.
import { clockTime } from '../lib/days'
import type { Status } from '../lib/status'
import type { IconName } from '../ui/Icon.svelte'

export interface Line { icon: IconName, a: string, b: string, tone: 'green' | 'amber' | 'red' | 'blue' | 'grey', send: boolean }

/** What is left, where anything is. */
const left = (n: number, how = 'chưa gửi'): string => n > 0 ? ` · ${n} mục ${how}` : ''

/** How much of a unit is unsent: “3 mục và 2 ảnh”. */
export const whatOf = (n: number, photos: number): string => [n > 0 ? `${n} mục` : '', photos > 0 ? `${photos} ảnh` : ''].filter(t => t).join(' và ')

/** The line for a state; “Gửi ngay” stands beside it where `send`. */
export function lineOf (s: Status, now: number): Line {
  const line = (icon: IconName, tone: Line['tone'], a: string, b = '', send = false): Line => ({ icon, tone, a, b, send })
  switch (s.row) {
    case 1: return line('wait', 'grey', 'Đang mở sổ trong máy…')
    case 2: return line('warn', 'red', 'Máy hết chỗ, chưa lưu được', 'Bấm để xem cách giải phóng')
    case 3: return line('lock', 'red', `Máy này đã bị khóa${left(s.n, 'vẫn còn trong máy')}`, 'Hãy gọi cán bộ xã')
    case 4: return line('down', 'amber', `Cần cập nhật ứng dụng${left(s.n)}`, 'Bấm để cập nhật')
    case 5: return line('lock', 'amber', `Cần đăng nhập lại để gửi${left(s.n)}`, 'Dữ liệu vẫn còn trong máy')
    case 6: return line('warn', 'red', `${whatOf(s.n, s.photos)} của ${s.unit ?? ''} không gửi được`, 'Bấm để xem cách xử lý')
    case 7: return line('wait', 'blue', s.again ? `Đang tải lại sổ${left(s.n)}` : 'Máy chủ vừa được khôi phục, đang đối chiếu', 'Xin giữ ứng dụng mở')
    case 8: return line('up', 'blue', `Đang gửi ${s.i}/${s.total} mục…`)
    case 9: return line('camera', 'blue', `Chữ đã gửi hết · đang gửi ảnh ${s.i}/${s.total}, ${s.percent}%`)
    case 10: return line('up', 'amber', `${s.n} mục chưa gửi · không có mạng`, 'Sẽ tự gửi khi có mạng')
    case 11: return line('wait', 'amber', `${s.n} mục chưa gửi · máy chủ bận`, `Tự gửi lại sau ${s.seconds} giây`)
    case 12: return line('up', s.amber ? 'amber' : 'blue', `${s.n} mục chưa gửi`, s.at ? `Gửi lần cuối ${clockTime(s.at, now)}` : 'Chưa gửi lần nào', true)
    case 13: return line('camera', 'amber', `Chữ đã gửi hết · còn ${s.n} ảnh`, 'Gửi ảnh khi có mạng')
    case 14: return s.amber
      ? line('check', 'amber', `Đã gửi hết · ${s.days} ngày chưa nhận tin từ xã`)
      : line('check', 'green', 'Đã gửi hết', s.at ? `Nhận tin từ xã lần cuối ${clockTime(s.at, now)}` : '')
  }
}

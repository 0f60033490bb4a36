// Texts that both apps show.
import type { MarkCode } from '../lib/rows'

/** The words of the marks; `photos` takes its number through markText. */
export const markWords: Record<MarkCode, string> = {
  draft: 'Ghi dở', unsent: 'Chưa gửi', photos: 'Còn ảnh', sent: 'Đã gửi', approved: 'Xã đã duyệt', corrected: 'Xã đã sửa',
  returned: 'Xã trả lại', reworked: 'Đã sửa, chờ xã xem', conflict: 'Ghi khác nhau', suspect: 'Có thể trùng',
  rejected: 'Chưa nhận được', late: 'Ghi sau khi chốt kỳ', afterEnd: 'Ghi sau ngày đơn vị kết thúc',
}

export const markText = (code: MarkCode, n?: number): string => code === 'photos' && n !== undefined ? `Còn ${n} ảnh` : markWords[code]

export const ui = {
  optional: '(không bắt buộc)',
  search: 'Tìm',
  clear: 'Xóa chữ đã gõ',
  close: 'Đóng',
  undo: 'Hoàn tác',
  today: 'Hôm nay',
  yesterday: 'Hôm qua',
  otherDay: 'Ngày khác',
  day: 'Ngày',
  month: 'Tháng',
  year: 'Năm',
  choose: 'Chọn',
  unpick: 'Bỏ chọn',
  change: 'Đổi',
  show: 'Hiện',
  row: 'Dòng',
  removeRow: 'Xóa dòng này',
  dong: 'đồng',
  yes: 'Có',
  no: 'Không',
  takePhoto: 'Chụp ảnh',
  pickPhoto: 'Chọn ảnh có sẵn',
  dropPhoto: 'Xóa ảnh',
  photoOf: (i: number) => `Ảnh ${i}`,
  photoBad: 'Không đọc được ảnh này. Hãy chụp lại bằng nút “Chụp ảnh”.',
  photoBadFile: 'Không đọc được ảnh này. Hãy chọn ảnh khác.',
  photoWait: 'Ảnh sẽ gửi sau phần chữ',
  photoPending: 'Ảnh đang chờ máy của người ghi gửi lên',
  photoNotRead: 'Chưa tải được ảnh này',
  photoReading: 'Đang thu nhỏ ảnh…',
  mend: (n: number) => `Còn ${n} chỗ cần sửa:`,
  noMatch: (query: string) => `Không thấy “${query}”.`,
  pinDigits: (n: number) => `Đã bấm ${n}/6 số`,
  erase: 'Xóa số cuối',
  total: 'Tổng cộng',
} as const

// The texts of the first screen; the other screens' stand in more.ts. No pronoun for the person; “ông/bà” with the name of others.
export const vi = {
  app: 'Sổ Thôn', thisDevice: 'máy này', mr: 'ông/bà', somebody: 'người khác', back: 'Quay lại', tabs: 'Các trang', home: 'Trang chính', book: 'Sổ', device: 'Máy này',
  netNone: 'Không có mạng, vẫn ghi được', netBack: 'Đã có mạng, đang gửi…', lostLoading: 'Mất mạng khi đang tải ứng dụng. Có mạng thì bấm để mở lại.', openAgain: 'Mở lại', todo: 'VIỆC CẦN LÀM',
  returnedN: (n: number) => `Xã trả lại ${n} mục`, conflictN: (n: number) => `${n} mục hai máy ghi khác nhau`, suspectN: (n: number) => `${n} mục có thể trùng`,
  rejectedN: (n: number) => `${n} mục xã chưa nhận được`, draftsN: (n: number) => `${n} mục đang ghi dở`, giving: 'ĐANG TRAO', giveMore: 'Trao tiếp',
  giveStart: 'Bắt đầu trao', given: (a: number, b: number) => `Đã trao ${a}/${b} hộ`, noCampaign: 'Xã chưa mở đợt tặng quà nào.', giveFree: 'Trao quà ngoài đợt',
  clockCampaign: 'Giờ của máy đang sai nên chưa biết đợt nào đang mở.', allCampaigns: 'Xem mọi đợt',
  writeNew: 'GHI MỚI', recent: 'GHI GẦN ĐÂY', firstRun: 'Sổ chưa có hộ nào. Hãy ghi hộ đầu tiên, hoặc chờ xã gửi danh sách.', firstHousehold: 'Ghi hộ đầu tiên',
  kinds: { gift: 'Trao quà', household: 'Hộ', house: 'Làm nhà', reception: 'Tiếp dân', petition: 'Đơn', meeting: 'Họp cử tri', fund: 'Thu chi quỹ', activity: 'Hoạt động' } as Record<string, string>,
  noun: { household: 'hộ', gift: 'quà', house: 'nhà', reception: 'tiếp dân', petition: 'đơn', meeting: 'họp cử tri', fund: 'quỹ', activity: 'hoạt động', campaign: 'đợt' } as Record<string, string>,
  unnamed: 'Chưa có tên', anyone: 'Người gửi không ghi tên', notFound: 'Không thấy mục này trong máy.', sendNow: 'Gửi ngay', signInAgain: 'Đăng nhập lại',
  clock: (way: string, by: string) => `Giờ của máy đang ${way} ${by}. Mở Cài đặt, chọn Ngày và giờ, bật “Tự động”. Mục đã ghi không mất.`, slow: 'chậm', fast: 'nhanh',
  room: (p: number, n: number) => `Chỗ chứa sắp hết (${p}%). ${n > 0 ? `Hãy bật mạng để gửi ${n} ảnh, hoặc xóa` : 'Hãy xóa'} bớt ảnh, phim trong máy.`, newVersion: (kb: number) => `Có bản mới (${kb} KB). Bấm để cập nhật`,
  updated: (v: string) => `Đã cập nhật lên bản ${v}`, update: 'Cập nhật',
  forked: (n: number) => `Ứng dụng này cũng đang chạy ở nơi khác. Đăng nhập lại để tiếp tục${n > 0 ? `; ${n} mục chưa gửi được giữ nguyên` : ''}.`,
  otherUnsent: (name: string, n: number) => `Sổ của ông/bà ${name} còn ${n} mục chưa gửi.`,
} as const

/** 8100 seconds as “2 giờ 15 phút”. */
export function spanWords (seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60)
  const days = Math.floor(minutes / 1440), hours = Math.floor(minutes % 1440 / 60)
  if (days > 730) return `${Math.round(days / 365)} năm`
  if (days > 60) return `${Math.round(days / 30)} tháng`
  const parts = [days > 0 ? `${days} ngày` : '', hours > 0 ? `${hours} giờ` : '', minutes % 60 > 0 && days === 0 ? `${minutes % 60} phút` : '']
  return parts.filter(p => p !== '').join(' ') || '0 phút'
}

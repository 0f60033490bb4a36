// The texts of the pages of campaigns.
import { formatDay } from '../../lib/days'
import { formatMoney } from '../../lib/money'

const span = (from: string, to: string): string => (to ? `${formatDay(from)} – ${formatDay(to)}` : `từ ${formatDay(from)}`)

export const campaignsVi = {
  title: 'Đợt quà', add: 'Lập đợt mới', edit: 'Sửa đợt', back: 'Các đợt', name: 'Tên đợt', donor: 'Nguồn', days: 'Từ – đến', given: 'Đã trao', value: 'Trị giá', villages: 'Thôn xong', span,
  running: 'Đang trao', coming: 'Sắp tới', over: 'Đã xong', collect: 'Vận động ủng hộ', none: 'Chưa có đợt nào.', noQuota: 'không đặt chỉ tiêu',
  units: (n: number, quota: number) => (quota > 0 ? `${formatMoney(n)}/${formatMoney(quota)} suất` : `${formatMoney(n)} suất`), done: (n: number, of: number) => `${n}/${of} thôn`, money: (n: number) => `${formatMoney(n)} đồng`,
  households: (n: number, of: number) => `${formatMoney(n)}/${formatMoney(of)} hộ`, updated: (clock: string) => `cập nhật ${clock}`, nothing: 'chưa có suất nào', sum: 'Cả xã', village: 'Thôn', progress: 'Tiến độ',
  missing: 'Chưa nhận', missingN: (n: number) => `${formatMoney(n)} hộ chưa nhận`, allReceived: 'Mọi hộ đã nhận', missingOf: (place: string) => `Chưa nhận: ${place}`, whole: 'Cả xã', print: 'In danh sách ký nhận',
  shown: (n: number) => `${formatMoney(n)} hộ`, cut: (n: number) => `Chỉ hiện ${formatMoney(n)} hộ đầu. Chọn từng thôn để xem đủ.`, partial: 'Đợt này có nhiều suất hoặc nhiều hộ hơn số máy đếm một lần: số hộ có thể chưa đủ; số suất, số tiền vẫn đủ.',
  silent: (village: string, days: number) => `${village} chưa gửi ${days} ngày: số có thể chưa đủ.`, never: (village: string) => `${village} chưa gửi lần nào: số có thể chưa đủ.`,
  each: (quantity: number, value: number, items: string) => ['Mỗi hộ', `${formatMoney(quantity)} suất`, ...(value > 0 ? [`${formatMoney(value * quantity)} đồng`] : []), ...(items ? [items] : [])].join(' · '),
  once: 'mỗi hộ một lần', forWhom: (list: string) => (list ? `Diện: ${list}` : 'Mọi hộ'), code: 'Mã hộ', head: 'Chủ hộ', category: 'Diện', number: 'STT', signed: 'Ký nhận', note: 'Ghi chú', quantity: 'Số suất', worth: 'Trị giá (đồng)',
  save: 'Lưu', saved: 'Đã lưu đợt.', added: 'Đã lập đợt. Các thôn sẽ thấy khi máy của thôn nối mạng.', same: 'Chưa đổi gì.',
  quotas: 'Chỉ tiêu từng thôn', quotaOf: (village: string) => `Chỉ tiêu của ${village}`, quotaSum: (n: number) => `Cộng ${formatMoney(n)} suất`, quotaBad: (village: string) => `Chỉ tiêu của ${village} chỉ gồm chữ số, từ 0 đến 100.000.`, unit: 'Sổ', noUnit: 'Hãy chọn sổ của xã nào.',
  printTitle: 'DANH SÁCH KÝ NHẬN QUÀ', printed: (clock: string, name: string) => `In lúc ${clock}, ${name}`, signers: ['Người lập danh sách', 'Trưởng thôn', 'Trưởng ban công tác Mặt trận'], signHere: '(Ký, ghi rõ họ tên)',
}

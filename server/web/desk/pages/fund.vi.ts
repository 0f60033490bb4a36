// The texts of the page of the fund.
import { formatDay } from '../../lib/days'

/** A day without its year where that is plain: "12/10". */
const short = (day: string, beside = ''): string => (day.slice(0, 4) === beside.slice(0, 4) ? formatDay(day).replace(/\/\d{4}$/, '') : formatDay(day))

export const fundVi = {
  title: 'Quỹ “Vì người nghèo”', whole: 'Tất cả', commune: 'Xã', in: 'Ghi thu', out: 'Ghi chi', reverse: 'Ghi khoản đảo', print: 'In sổ',
  day: 'Ngày', proof: 'Số CT', what: 'Nội dung', who: 'Người nộp/nhận', came: 'Thu', went: 'Chi', held: 'Tồn',
  opening: 'Số dư đầu kỳ', sum: 'Cộng', from: 'Từ ngày', to: 'Đến ngày', start: 'Từ đầu sổ', thisYear: 'Năm nay',
  reverses: (day: string, own: string) => `Đảo khoản ${short(day, own)}`, reversed: (day: string, own: string) => `Đã đảo ngày ${short(day, own)}`, earlier: 'Số dư mang sang khi bắt đầu ghi sổ',
  negative: (day: string, today: string) => `Tồn âm từ ${short(day, today)}: kiểm tra số dư đầu kỳ.`, negativeBefore: (day: string) => `Tồn âm từ trước ngày ${formatDay(day)}: kiểm tra số dư đầu kỳ.`,
  none: 'Không có khoản thu, chi nào trong những ngày này.', count: (n: number) => `${n} khoản`, cut: (n: string) => `Chỉ hiện ${n} khoản đầu. Chọn ngày để xem phần còn lại; số cộng ở cuối bảng là của cả kỳ.`,
  book: 'Sổ', noBook: 'Hãy chọn sổ để ghi vào.', save: 'Ghi vào sổ', confirm: 'Đọc lại trước khi ghi', review: 'Xem lại', next: 'Tiếp tục', saved: 'Đã ghi vào sổ quỹ.', savedBack: 'Đã ghi khoản đảo.',
  read: (way: string, amount: string, words: string, day: string, party: string, book: string) => `${way} ${amount} đồng (${words}) ngày ${formatDay(day)}${party}, vào sổ ${book}. Khoản đã ghi không sửa được; ghi sai thì ghi khoản đảo.`,
  partyIn: (party: string) => ` từ ${party}`, partyOut: (party: string) => ` cho ${party}`, wayIn: 'Thu', wayOut: 'Chi',
  mirror: (day: string, what: string, way: string, amount: string) => `Khoản ghi sai: ${way} ${amount} đồng ngày ${formatDay(day)}${what ? `, ${what}` : ''}.`,
  mirrored: (way: string, amount: string, words: string) => `Sẽ ghi: ${way} ${amount} đồng (${words}). Cả hai khoản vẫn thấy trong sổ.`, reason: 'Lý do đảo', reasonNone: 'Hãy ghi lý do đảo.',
  printTitle: 'SỔ QUỸ “VÌ NGƯỜI NGHÈO”', printDays: (from: string, to: string) => (from && to ? `Từ ngày ${formatDay(from)} đến ngày ${formatDay(to)}` : from ? `Từ ngày ${formatDay(from)}` : to ? `Đến ngày ${formatDay(to)}` : 'Từ đầu sổ'), unit: 'Đơn vị tính: đồng',
  signers: ['Người ghi sổ', 'Thủ quỹ', 'Trưởng ban vận động Quỹ'], signHere: '(Ký, ghi rõ họ tên)', printed: (clock: string, name: string) => `In lúc ${clock}, ${name}`,
}

// The texts of the first screen of a new phone.
import { ApiError } from '../lib/problem'

export const signin = {
  byCode: 'Nhập mã do xã cấp', byPassword: 'Dùng tên đăng nhập và mật khẩu', code: 'Mã do xã cấp (8 chữ số)', scan: 'Quét mã QR',
  scanHint: 'Đưa mã QR vào giữa khung hình', scanNone: 'Máy này không quét được mã. Hãy nhập 8 chữ số.', username: 'Tên đăng nhập', password: 'Mật khẩu',
  register: 'Đăng ký máy này', registering: 'Đang đăng ký…', needNet: 'Lần đầu cần có mạng. Hãy bật mạng rồi bấm lại.',
  badCode: 'Mã không đúng hoặc đã quá 24 giờ. Hãy xin xã cấp mã mới.', badPassword: 'Tên đăng nhập hoặc mật khẩu không đúng.',
  codeHelp: 'Mã trên phiếu xã phát, dùng một lần, trong 24 giờ.', nameHelp: 'Xã cấp cho mỗi người.',
  orCode: 'Nếu xã phát phiếu có mã 8 chữ số thì không cần mật khẩu:', orPassword: 'Nếu xã đã cấp tên đăng nhập và mật khẩu thì không cần mã:',
  needNetNow: 'Việc này cần có mạng.', needHttps: 'Trang này phải mở bằng địa chỉ bắt đầu bằng https.',
} as const

/** Why a sign-in by password failed. */
export function whyNot (error: unknown): string {
  if (!(error instanceof ApiError)) return signin.needNetNow
  return error.status === 401 ? signin.badPassword : error.problem.message
}

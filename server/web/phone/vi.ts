// The phone's texts. No pronoun for the person; “ông/bà” with the name of others.
export const vi = {
  app: 'Sổ Thôn', save: 'Lưu vào máy', saved: 'Đã lưu vào máy, sẽ tự gửi', savedNoPhoto: 'Máy hết chỗ: đã lưu phần chữ, chưa lưu được ảnh.',
  full: 'Máy hết chỗ, chưa lưu được', 
  fullHelp: 'Xóa bớt ảnh, phim, ứng dụng không dùng trong máy rồi lưu lại. Bản ghi dở vẫn được giữ.',
  thisDevice: 'máy này', mr: 'ông/bà', somebody: 'người khác', back: 'Quay lại', tabs: 'Các trang',
  home: 'Trang chính', book: 'Sổ', device: 'Máy này', cancel: 'Không', edit: 'Sửa', remove: 'Xóa', restore: 'Khôi phục', keep: 'Giữ lại', drop: 'Bỏ',
  // first use
  byCode: 'Nhập mã do xã cấp', byPassword: 'Dùng tên đăng nhập và mật khẩu', code: 'Mã do xã cấp (8 chữ số)', scan: 'Quét mã QR', scanHint: 'Đưa mã QR vào giữa khung hình',
  scanNone: 'Máy này không quét được mã. Hãy nhập 8 chữ số.',
  username: 'Tên đăng nhập', password: 'Mật khẩu', register: 'Đăng ký máy này', registering: 'Đang đăng ký…', 
  needNet: 'Lần đầu cần có mạng. Hãy bật mạng rồi bấm lại.', badCode: 'Mã không đúng hoặc đã quá 24 giờ. Hãy xin xã cấp mã mới.',
  badPassword: 'Tên đăng nhập hoặc mật khẩu không đúng.', needHttps: 'Trang này phải mở bằng địa chỉ bắt đầu bằng https.',
  firstPassword: 'Đặt mật khẩu riêng (ít nhất 10 ký tự)', setPassword: 'Đặt mật khẩu', later: 'Để sau', oldPassword: 'Mật khẩu đang dùng', newPassword: 'Mật khẩu mới (ít nhất 10 ký tự)',
  shortPassword: 'Mật khẩu phải có ít nhất 10 ký tự.', passwordDone: 'Đã đổi mật khẩu', wrongOld: 'Mật khẩu đang dùng không đúng.', netNone: 'Không có mạng, vẫn ghi được', netBack: 'Đã có mạng, đang gửi…', needNetNow: 'Việc này cần có mạng.',
  pinTitle: 'Đặt mã PIN 6 số', pinAgain: 'Nhập lại mã PIN', pinDiffer: 'Hai lần không giống nhau. Hãy đặt lại.', skip: 'Bỏ qua', pinSet: 'Đã đặt mã PIN', pinGone: 'Đã bỏ mã PIN',
  pinHonest: 'Mã PIN chỉ khóa màn hình ứng dụng, không mã hóa dữ liệu. Mất máy thì báo xã khóa máy ngay.', pinAsk: (name: string) => `Mã PIN của ${name}`,
  pinWrong: 'Mã PIN không đúng.', pinWait: (s: number) => `Sai nhiều lần. Chờ ${s} giây rồi thử lại.`, pinForgot: 'Quên mã PIN?', pinForgotHow: 'Đăng nhập lại bằng mật khẩu để đặt mã PIN mới (cần mạng).',
  otherPerson: 'Người khác dùng máy', who: 'Ai đang dùng máy?', addPerson: 'Thêm người dùng (cần mạng)', unsentN: (n: number) => `${n} mục chưa gửi`, 
  loading: (unit: string, p: number) => `Đang tải sổ ${unit}… ${p}%`, canWrite: 'Ghi được rồi. Phần còn lại tải tiếp.', loadCut: (p: number) => `Mất mạng ở ${p}%. Sẽ tải tiếp từ chỗ này.`, goOn: 'Vào sổ', opening: 'Đang mở sổ trong máy…',
  installHint: 'Đặt Sổ Thôn lên màn hình chính để mở nhanh và giữ dữ liệu chắc hơn', install: 'Đặt lên màn hình',
  // home
  todo: 'VIỆC CẦN LÀM', returnedN: (n: number) => `Xã trả lại ${n} mục`, conflictN: (n: number) => `${n} mục hai máy ghi khác nhau`, suspectN: (n: number) => `${n} mục có thể trùng`, rejectedN: (n: number) => `${n} mục xã chưa nhận được`, draftsN: (n: number) => `${n} mục đang ghi dở`,
  giving: 'ĐANG TRAO', giveMore: 'Trao tiếp', giveStart: 'Bắt đầu trao', given: (a: number, b: number) => `Đã trao ${a}/${b} hộ`, noCampaign: 'Xã chưa mở đợt tặng quà nào.', giveFree: 'Trao quà ngoài đợt',
  writeNew: 'GHI MỚI', recent: 'GHI GẦN ĐÂY', firstRun: 'Sổ chưa có hộ nào. Hãy ghi hộ đầu tiên, hoặc chờ xã gửi danh sách.', firstHousehold: 'Ghi hộ đầu tiên',
  // kinds: short names
  kinds: { gift: 'Trao quà', household: 'Hộ', house: 'Làm nhà', reception: 'Tiếp dân', petition: 'Đơn', meeting: 'Họp cử tri', fund: 'Thu chi quỹ', activity: 'Hoạt động' } as Record<string, string>,
  lists: { household: 'Hộ', gift: 'Quà', house: 'Nhà', reception: 'Tiếp dân', petition: 'Đơn', meeting: 'Họp cử tri', fund: 'Quỹ', activity: 'Hoạt động' } as Record<string, string>,
  noun: { household: 'hộ', gift: 'quà', house: 'nhà', reception: 'tiếp dân', petition: 'đơn', meeting: 'họp cử tri', fund: 'quỹ', activity: 'hoạt động', campaign: 'đợt' } as Record<string, string>,
  newOf: { household: 'Ghi hộ mới', gift: 'Ghi suất quà', house: 'Ghi nhà', reception: 'Ghi lượt tiếp dân', petition: 'Ghi đơn', meeting: 'Ghi cuộc họp cử tri', fund: 'Ghi thu chi quỹ', activity: 'Ghi hoạt động' } as Record<string, string>,
  editOf: (noun: string) => `Sửa mục ${noun}`, unnamed: 'Chưa có tên', anyone: 'Người gửi không ghi tên',
  // lists
  searchHint: 'Tìm tên, mã hộ…', emptyList: 'Sổ chưa có mục nào.', nameNew: 'Ghi hộ mới tên này', count: (n: number) => `${n} mục`,
  todoTitles: { returned: 'Xã trả lại', conflict: 'Hai máy ghi khác nhau', suspect: 'Có thể trùng', rejected: 'Chưa nhận được', drafts: 'Đang ghi dở' } as Record<string, string>, todoNone: 'Không còn việc nào ở đây.',
  // forms
  draftResume: (time: string) => `Mục này đang ghi dở từ ${time}.`, resume: 'Ghi tiếp', startOver: 'Bỏ, ghi lại từ đầu', discardAsk: 'Bỏ bản ghi dở này? Không lấy lại được.', draftKept: 'Đã giữ bản ghi dở', village: 'Thôn',
  nothingChanged: 'Chưa sửa gì.', known: (text: string) => `Sổ đã có: ${text}`, otherHousehold: 'Đây là hộ khác', dupTitle: 'Có thể đã ghi rồi', dup: (text: string) => `Sổ đã có mục giống thế này: ${text}.`, dupSee: 'Xem mục đó', dupWrite: 'Vẫn ghi',
  closedPeriod: 'Kỳ này xã đã chốt; mục này sẽ được báo cáo bổ sung.', noneInList: 'Người không có trong danh sách', noForms: 'Sổ chưa tải xong. Hãy bật mạng, máy sẽ tự tải.',
  denunciation: 'Nội dung tố cáo được giữ kín: chỉ người ghi và cán bộ xã xem được.', byStaff: 'Do cán bộ xã ghi', anonymous: 'Đơn không ghi tên', withPetition: 'Có đơn kèm theo', addSource: 'Thêm nguồn', addMember: 'Thêm thành viên', addRow: 'Thêm dòng',
  kindNote: 'Hiện vật, ngày công quy ra tiền.', steps: ['Chuẩn bị', 'Khởi công', 'Nghiệm thu', 'Bàn giao'], approx: 'Con số ước chừng (báo cáo sẽ ghi “khoảng”)', anyGift: 'Hãy chọn hộ nhận, hoặc ghi họ tên người nhận.',
  phoneBad: 'Số điện thoại phải có 10 chữ số, bắt đầu bằng 03, 05, 07, 08 hoặc 09.', idBad: 'Số căn cước phải có 12 chữ số (hoặc 9 chữ số nếu là chứng minh nhân dân cũ).',
  missing: (label: string) => `${label} chưa được ghi.`, digits: (label: string) => `${label} chỉ gồm chữ số.`, moneyRange: (label: string, min: string, max: string) => `${label} phải từ ${min} đến ${max} đồng.`, realDate: (label: string) => `${label} phải là một ngày có thật.`, futureDate: (label: string) => `${label} không được sau ngày mai.`,
  // fund
  fundIn: 'Thu', fundOut: 'Chi', fundRead: (way: string, amount: string, words: string, day: string, party: string) => `${way} ${amount} đồng (${words}) ngày ${day}${party}. Khoản đã lưu không sửa được; ghi sai thì ghi khoản đảo.`, fundFor: (party: string) => ` cho ${party}`, fundFrom: (party: string) => ` từ ${party}`,
  review: 'Xem lại', takeBack: 'Bỏ khoản này', takenBack: 'Đã bỏ', takeBackLate: 'Khoản này đang được gửi, không bỏ được nữa. Hãy ghi khoản đảo.', reverse: 'Ghi khoản đảo', balance: (text: string) => `Còn ${text} đồng`, negative: 'Sổ đang âm: có thể thiếu số dư đầu kỳ hoặc khoản thu.', confirmFund: 'Đọc lại trước khi lưu',
  // series
  seriesTitle: 'Trao quà theo đợt', chooseCampaign: 'Chọn đợt', ended: 'Đợt đã xong', each: 'Mỗi hộ nhận', quantity: 'Số suất', valueEach: 'Trị giá mỗi suất', items: 'Gồm có', date: 'Ngày trao', signed: 'Đã ký nhận', start: 'Bắt đầu', change: 'Đổi',
  notYet: (n: number) => `Chưa nhận ${n}`, got: (n: number) => `Đã nhận ${n}`, allHouseholds: 'Tất cả', shares: (n: number) => `${n} suất`, households: (a: number, b: number) => `${a}/${b} hộ`, savedAt: (t: string) => `Đã lưu ${t}`, gotOn: (day: string, who: string) => `Đã nhận ${day}, ${who} ghi`,
  already: (day: string, who: string) => `Hộ này đã nhận ngày ${day} (${who} ghi). Mỗi hộ chỉ nhận một lần.`, wasRemoved: 'Suất của hộ này đã bị xóa trước đó. Khôi phục?', again: 'Trao thêm một suất cho hộ này?', giveAgain: 'Trao thêm', removeGift: 'Xóa suất này', standIn: 'Người nhận thay', more: (name: string) => `Việc khác với ${name}`,
  listPhoto: 'Chụp danh sách ký nhận', listPhotoDone: 'Đã có ảnh danh sách', done: 'Xong', seriesDone: (n: number, total: string) => `Đã lưu ${n} suất quà, trị giá ${total} đồng. Máy sẽ tự gửi.`, left: (n: number) => `Còn ${n} hộ chưa nhận`, toHome: 'Về trang chính', giftsTaken: (name: string) => `Đã trao cho ${name}`, undone: 'Đã hoàn tác', name: 'Họ tên người nhận', giveIt: 'Trao', letters: 'Theo chữ cái đầu của tên', noHouseholds: 'Sổ chưa có hộ nào.',
  // one record
  wroteBy: (who: string, time: string) => `Do ${who} ghi lúc ${time}`, comment: 'Ý kiến với xã', commentText: 'Ý kiến', technical: 'Chi tiết kỹ thuật', removeAsk: 'Xóa mục này khỏi sổ? Có thể khôi phục.', removeHistory: 'Xã vẫn xem được lịch sử.', removed: 'Đã xóa khỏi sổ', restored: 'Đã khôi phục', received: 'Đã nhận', giveGift: 'Trao quà', writeHouse: 'Ghi nhà', call: 'Gọi điện', notFound: 'Không thấy mục này trong máy.', askStep: 'Đơn này đã đến bước nào?', hidden: '••••', year: (y: string) => `Năm ${y}`,
  deadline: (day: string, left: string) => `Hạn trả lời: ${day}${left}`, overdue: ', đã quá hạn', paused: ', đang tạm dừng',
  // returned
  returnedBy: (day: string, who: string, note: string) => `Xã trả lại ngày ${day}, ${who}: “${note}”`, returnedNoNote: (day: string, who: string) => `Xã trả lại ngày ${day}, ${who}`, mendSend: 'Sửa rồi gửi lại', explain: 'Đúng rồi, giải thích với xã', explainTitle: 'Giải thích với xã', officer: 'cán bộ xã',
  // conflicts
  differ: (label: string) => `${label}: hai máy ghi khác nhau`, wrote: (who: string, time: string) => `${who} ghi ${time}`, otherValue: (label: string) => `${label} khác`, chooseRight: 'Chọn số đúng', letXa: 'Để xã quyết định', xaSees: 'Xã sẽ thấy lựa chọn này.', lifecycle: 'Một máy đã xóa, một máy đã sửa mục này.', agreeRemove: 'Đồng ý xóa', chosen: 'Đã chọn. Xã sẽ thấy lựa chọn này.', left2xa: 'Đã để xã quyết định', tellXa: 'Nói thêm với xã', chooseOne: 'Hãy chọn một giá trị.', empty: '(để trống)',
  // duplicates
  dupMine: 'Trùng, xóa mục của tôi', dupNot: 'Không trùng', dupXa: 'Để xã xem', dupGone: 'Mục kia không có trong máy này.', unlinked: 'Đã ghi là không trùng',
  // rejected
  fixNow: 'Sửa ngay', dropIt: 'Bỏ mục này', dropAsk: 'Bỏ mục này? Mục sẽ không được gửi.',
  // sending
  sendTitle: 'Gửi và nhận', sendNow: 'Gửi ngay', getNews: 'Nhận tin mới', noNet: 'Không có mạng. Sẽ tự gửi khi có.', unsentList: 'CHƯA GỬI', sendings: 'LẦN GỬI GẦN ĐÂY', carry: 'Mang đi bằng tệp', receiveFile: 'Nhận tệp gửi giúp', sentOk: (n: number) => `Xã đã nhận ${n} mục`, sentSome: (n: number, m: number) => `Xã đã nhận ${n} mục, ${m} mục cần xem lại`, receiptRow: (n: number) => `${n} mục · xã đã nhận đủ`, receiptSome: (n: number, m: number) => `${n} mục · ${m} mục cần xem lại`,
  receiptText: (from: number, through: number, time: string) => `Máy chủ xác nhận đã nhận mục ${from}–${through} của máy này, lúc ${time}`, receiptNote: 'Biên nhận có chữ ký', receipt: 'Biên nhận', noneSent: 'Chưa gửi lần nào', photosKb: (n: number, kb: string) => `${n} ảnh, ${kb}`, newsDone: 'Đã nhận tin mới', signInAgain: 'Đăng nhập lại', sessionOver: 'Phiên đăng nhập đã hết. Dữ liệu vẫn còn trong máy.',
  // file
  saveFile: (n: number) => `Lưu ${n} mục ra tệp`, fileHelp: 'Gửi tệp cho máy khác đang có mạng, hoặc mang USB lên xã. Mục trong máy vẫn còn, gửi hai lần cũng không bị ghi đôi.', fileNone: 'Không có mục nào chưa gửi.', fileSaved: 'Đã lưu ra tệp', openFile: 'Chọn tệp .sothon', carryOf: (n: number, who: string, unit: string, from: string, to: string) => `${n} mục của ông/bà ${who}, ${unit}, ghi từ ${from} đến ${to}`, sendFor: 'Gửi giúp', sentFor: (n: number, who: string) => `Xã đã nhận ${n} mục. Báo cho ông/bà ${who} biết.`, badFile: 'Tệp bị sửa hoặc không phải của Sổ Thôn, không gửi được.', shareTitle: (unit: string, n: number) => `Mục ghi của ${unit}, ${n} mục`,
  // this device
  changePassword: 'Đổi mật khẩu', changePin: 'Đổi mã PIN', setPin: 'Đặt mã PIN', dropPin: 'Bỏ mã PIN', storage: (used: string, quota: string, photos: number) => `Bộ nhớ: đã dùng ${used} trong ${quota} · ${photos} ảnh chưa gửi`, clockOk: (s: number) => `Giờ máy: đúng (lệch ${s} giây)`, clockBad: (t: string) => `Giờ máy: lệch ${t}`, version: (v: string) => `Bản ${v}`, textSize: 'Cỡ chữ', sizes: ['Thường', 'To', 'Rất to'], lockAfter: 'Hỏi mã PIN sau khi rời máy', minutes: (n: number) => `${n} phút`,
  reread: 'Tải lại sổ từ đầu', rereadAsk: 'Tải lại toàn bộ sổ từ máy chủ? Cần có mạng.', rereadBlocked: (n: number) => `Còn ${n} mục chưa gửi. Hãy gửi hoặc lưu ra tệp rồi mới tải lại.`, signOut: 'Đăng xuất', signOutAsk: 'Đăng xuất và xóa sổ khỏi máy này? Sổ ở xã vẫn còn.', signOutBlocked: (n: number) => `Còn ${n} mục chưa gửi. Hãy gửi hoặc lưu ra tệp rồi mới đăng xuất.`, helpTitle: 'Cách dùng (mở được khi không có mạng)', signedOut: 'Đã đăng xuất',
  // banners
  clock: (way: string, by: string) => `Giờ của máy đang ${way} ${by}. Mở Cài đặt, chọn Ngày và giờ, bật “Tự động”. Mục đã ghi không mất.`, slow: 'chậm', fast: 'nhanh', room: (p: number, n: number) => `Chỗ chứa sắp hết (${p}%). Hãy bật mạng để gửi ${n} ảnh, hoặc xóa bớt ảnh, phim trong máy.`, newVersion: 'Có bản mới. Bấm để cập nhật', updated: (v: string) => `Đã cập nhật lên bản ${v}`, update: 'Cập nhật',
  callXa: 'Hãy gọi cán bộ xã', forked: (n: number) => `Ứng dụng này cũng đang chạy ở nơi khác. Đăng nhập lại để tiếp tục; ${n} mục chưa gửi được giữ nguyên.`, lostUnit: (unit: string, n: number) => `${unit} không còn thuộc tài khoản này. ${n} mục chưa gửi: lưu ra tệp đưa cho cán bộ xã.`, broken: 'Không mở được sổ trong máy', exportAll: 'Lưu dữ liệu ra tệp', reload: 'Tải lại sổ', otherUnsent: (name: string, n: number) => `Sổ của ông/bà ${name} còn ${n} mục chưa gửi.`,
} as const

/** 8130 seconds as “2 giờ 15 phút”. */
export function spanWords (seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60)
  const days = Math.floor(minutes / 1440), hours = Math.floor(minutes % 1440 / 60)
  if (days > 60) return `${Math.round(days / 30)} tháng`
  const parts = [days > 0 ? `${days} ngày` : '', hours > 0 ? `${hours} giờ` : '', minutes % 60 > 0 && days === 0 ? `${minutes % 60} phút` : '']
  return parts.filter(p => p !== '').join(' ') || '0 phút'
}

/** Bytes as “150 KB”, “1,8 MB”. */
export function sizeWords (bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1000))} KB`
  const mb = bytes / 1_000_000
  if (mb >= 1000) return `${(mb / 1000).toFixed(1).replace('.', ',')} GB`
  return `${mb < 10 ? mb.toFixed(1).replace('.', ',') : Math.round(mb)} MB`
}

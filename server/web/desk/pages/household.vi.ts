// The texts of the pages of households.
export const vi = {
  title: 'Hộ dân', back: 'Danh sách hộ', open: 'Mở trong Sổ ghi', print: 'In phiếu', printList: 'In', move: 'Chuyển thôn…',
  code: 'Mã hộ', village: 'Thôn', since: 'từ', until: 'đến', categories: 'Quá trình diện', members: 'Thành viên', noMembers: 'Chưa ghi thành viên nào.',
  told: (who: string, at: string) => `${who} ghi ${at}`, noDay: 'chưa ghi ngày', masked: '••••••',
  gifts: 'Quà đã nhận', byYear: 'Theo năm', year: 'Năm', shares: 'Số suất', worth: 'Trị giá (đồng)', day: 'Ngày', campaign: 'Đợt', sum: 'Cộng', notCounted: 'Mục bị trả lại không tính.', noGifts: 'Chưa nhận suất quà nào.',
  houses: 'Nhà', noHouses: 'Chưa có nhà nào.', program: 'Chương trình', work: 'Xây, sửa', money: 'Kinh phí (đồng)', state: 'Tình trạng',
  talks: 'Tiếp dân, đơn của người cùng tên', talksHelp: 'Tìm theo họ tên chủ hộ ở mọi thôn; cần đối chiếu có đúng người không.', noTalks: 'Không có.', kind: 'Loại',
  movedFrom: 'Chuyển đến từ', movedTo: 'Đã chuyển sang', left: (day: string, why: string) => `Không còn ở thôn từ ${day}${why ? `: ${why}` : ''}`, allVillages: 'Gồm cả các mục ghi ở thôn cũ và thôn mới.', cut: 'Chỉ hiện 1.000 mục đầu.',
  moveTitle: 'Chuyển hộ sang thôn khác', to: 'Chuyển sang thôn', on: 'Từ ngày', choose: 'Hãy chọn thôn.', noDayGiven: 'Hãy ghi ngày.', cancel: 'Thôi',
  moveSays: (name: string, from: string) => `Lập hộ ${name} trong sổ của thôn mới, ghi “không còn ở thôn” trong sổ ${from}, và nối hai bên với nhau. Quà và nhà đã ghi vẫn tính cho ${from}.`,
  doMove: 'Chuyển', moved: (name: string, to: string) => `Đã chuyển hộ ${name} sang ${to}.`, leftFor: (to: string) => `chuyển sang ${to}`,
  kept: 'Đã giữ trong máy này, sẽ gửi khi có kết nối.',
  ending: 'Sắp hết diện', endingHelp: 'Thời hạn thuộc diện kết thúc trong 60 ngày tới, hoặc đã hết mà chưa ghi lại.', noneEnding: 'Không có hộ nào sắp hết diện.', ended: (n: number) => `đã hết ${n} ngày`, left2: (n: number) => `còn ${n} ngày`, endsToday: 'hết hôm nay',
  head: 'Chủ hộ', category: 'Diện', endsOn: 'Đến ngày', remains: 'Còn lại', unit: 'Thôn', allUnits: 'Cả xã', all: 'Danh sách hộ', importList: 'Nhập danh sách từ Excel', looked: (n: string) => `Đã xem ${n} hộ.`, cutEnding: 'Chỉ xem 10.000 hộ đầu.', unnamed: '(không tên)',
}

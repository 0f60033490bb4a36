// The texts of the page that takes a list from a sheet.
export const vi = {
  title: 'Nhập danh sách hộ từ Excel', back: 'Hộ dân', village: 'Thôn', choose: 'Chọn thôn', file: 'Chọn tệp .xlsx, .csv', paste: 'Hoặc dán các dòng chép từ Excel vào đây, cả dòng tiêu đề', read: 'Đọc danh sách', reading: 'Đang đọc, đối chiếu với sổ của cả xã…',
  start: 'Chọn thôn, rồi chọn tệp hoặc dán danh sách. Chưa ghi gì vào sổ cho đến khi bấm “Ghi”.', empty: 'Không đọc được dòng nào.', noHead: 'Không thấy dòng tiêu đề. Hãy chọn mỗi cột là gì.',
  converted: (code: string) => `Danh sách dùng bảng mã cũ ${code}, đã được chuyển sang Unicode. Xem lại tên trước khi ghi.`, unreadable: 'Chữ có dấu của danh sách không đọc được: không phải Unicode, TCVN3 hay VNI. Chuyển sang Unicode rồi nhập lại.',
  columns: 'Mỗi cột là gì', skip: '(bỏ qua)', column: (n: number, head: string) => `Cột ${n}${head ? ` “${head}”` : ''}`, given: (label: string) => `${label} của mọi dòng`,
  check: (good: string, bad: string, twins: string) => `${good} dòng đúng, ${bad} dòng sai, ${twins} nghi trùng`, only: 'Chỉ hiện dòng sai và nghi trùng', line: 'Dòng', take: 'Ghi', outcome: 'Kết quả',
  good: 'Đúng', twin: (line: number) => `Trùng với dòng ${line}`, known: (title: string, unit: string) => `Đã có: ${title}, ${unit}`, knownHelp: 'Dòng nghi trùng không được ghi, trừ khi đánh dấu “Ghi” ở dòng đó.',
  idHelp: 'Số căn cước chỉ so trong danh sách này; máy chủ so với cả sổ khi nhận, và đưa cặp giống nhau vào “Nghi trùng”.',
  write: (n: string) => `Ghi ${n} hộ`, writing: (done: string, all: string) => `Đang ghi ${done}/${all}…`, written: 'Đã ghi', waiting: 'Đã giữ trong máy này, sẽ gửi khi có kết nối', refused: (why: string) => `Máy chủ không nhận: ${why}`,
  done: (n: string) => `Đã ghi ${n} hộ.`, doneSome: (n: string, bad: string) => `Đã ghi ${n} hộ, ${bad} hộ không được nhận.`, kept: (n: string) => `Đã giữ ${n} hộ trong máy này, sẽ gửi khi có kết nối.`, again: 'Nhập danh sách khác', list: 'Xem danh sách hộ', cut: 'Sổ có hơn 10.000 hộ: chỉ đối chiếu với 10.000 hộ đầu.', unnamed: '(không tên)', none: 'Không có dòng nào để ghi.',
  first: (n: string, all: string) => `Đang hiện ${n} trong ${all} dòng; khi ghi, mọi dòng đã đánh dấu đều được ghi.`, more: 'Hiện thêm',
}

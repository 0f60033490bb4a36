// The texts of the lists of records.
export const vi = {
  counted: 'Được tính vào số liệu',
  allKinds: 'Tất cả', photos: 'Ảnh', somePhotos: 'Có ảnh', noPhotos: 'Thiếu ảnh',
  noGift: 'chưa nhận', updated: 'Sửa lần cuối', rows: 'Dòng', densities: { loose: 'Thưa', middle: 'Vừa', tight: 'Dày' } as Record<string, string>,
  columns: 'Cột', ownColumns: 'Cột mặc định', excel: 'Xuất Excel', exportTitle: 'Xuất Excel', exportDo: 'Xuất', exporting: 'Đang lập tệp…',
  exportSays: (n: string) => `Xuất ${n} dòng, có dữ liệu cá nhân. Việc xuất được ghi vào nhật ký.`,
  exportColumns: (list: string) => `Các cột: ${list}.`,
  sensitive: 'Thêm cột nhạy cảm (nhật ký ghi rõ)', exported: 'Đã xuất tệp Excel.', file: 'so-ghi',
  signed: 'Ký nhận', isSigned: 'Đã ký nhận', notSigned: 'Chưa ký nhận', dueFilter: 'Hạn', dues: { late: 'Quá hạn', near: 'Sắp đến hạn', missed: 'Có lúc quá hạn', kept: 'Luôn trong hạn' } as Record<string, string>, entitled: 'Còn hay hết diện', entitledNow: 'Còn diện', entitledBefore: 'Hết diện', campaign: 'Đợt', thisOne: 'chỉ của một hộ hoặc một đợt', marks: 'Mục có dấu',
  left: 'Còn lại', reviewed: 'Xét duyệt', hasPhotos: 'Có', filterButton: (n: number) => `Bộ lọc${n > 0 ? ` (${n})` : ''}`, noneOf: (list: string) => (list === '' ? 'Chưa có mục nào.' : `Không có mục nào khớp: ${list}.`), ownPage: (name: string) => `${name} (Ctrl+bấm: mở thành trang riêng)`, failed: 'Không tải được danh sách.',
  notReviewed: 'Mục đã xóa hoặc là bản trùng, không duyệt được.', ofReturned: (n: number) => `Trong đó ${n} mục đang trả lại: duyệt thì lời trả lại hết hiệu lực.`,
  sort: (label: string) => `Sắp theo ${label}`, party: 'Hộ / người', name: 'Tên', names: { household: 'Chủ hộ', reception: 'Công dân', petition: 'Người gửi', meeting: 'Nơi tiếp xúc', fund: 'Nội dung' } as Record<string, string>, amount: 'Kinh phí', due: 'Hạn', date: 'Ngày',
  heldConflict: 'Chưa duyệt: đang ghi khác nhau.', heldDouble: 'Chưa duyệt: nghi trùng với mục khác.', pairsUnknown: ' Mất kết nối, chưa kiểm tra được mục nghi trùng.',
  leftOut: (n: number) => (n === 0 ? '' : ` Để lại ${n} mục đang ghi khác nhau hoặc nghi trùng.`), noneApproved: (n: number) => `Chưa duyệt ${n} mục đang ghi khác nhau hoặc nghi trùng. Bấm “Vẫn duyệt” để duyệt.`,
  approveHeld: (n: number) => `Vẫn duyệt ${n} mục`, allApproved: 'Mục này đã được duyệt.',
  tickPage: 'Chọn cả trang', ticked: (n: number) => `Đã chọn ${n} mục của trang này.`, filters: (list: string) => `Lọc: ${list}`, pageOf: (n: string) => `${n} mục`,
}

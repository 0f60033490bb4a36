// The texts of the page of charts.
export const vi = {
  title: 'Số liệu', unit: 'Đơn vị', from: 'Từ ngày', to: 'Đến ngày', thisYear: 'Năm nay', lastYear: 'Năm trước', fiveYears: '5 năm', print: 'In', excel: 'Tải Excel',
  asOf: (day: string) => `tính đến ${day}`, span: (from: string, to: string) => (from === to ? from : `${from}–${to}`),
  names: { 'gifts-years': 'Suất quà đã trao', 'gifts-units': 'Suất quà theo thôn', 'fund-months': 'Tồn Quỹ “Vì người nghèo” cuối tháng', 'petitions-status': 'Đơn đã tiếp nhận, theo tình trạng hôm nay' } as Record<string, string>,
  heads: { 'gifts-years': 'Năm', 'gifts-units': 'Đơn vị', 'fund-months': 'Tháng', 'petitions-status': 'Tình trạng' } as Record<string, string>,
  columns: { 'Tồn cuối tháng': 'Tồn', 'Tăng, giảm trong tháng': 'Tăng, giảm' } as Record<string, string>,
  none: 'Trong kỳ này chưa có gì.', sum: 'Tổng cộng', late: (n: string) => `${n} quá hạn`, touched: 'Còn ý kiến khác nhau, số có thể đổi.',
  most: (label: string, n: string) => `nhiều nhất ${label}: ${n}`, total: (n: string) => `tổng cộng ${n}`, left: (n: string) => `cuối kỳ còn ${n} đồng`,
  legend: ['Trong hạn', 'Quá hạn'], hint: 'Bấm vào một cột, hoặc một dòng của bảng, để mở các mục tạo thành số đó.',
}

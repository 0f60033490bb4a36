// The texts of the page of conflicts that it does not share.
export const vi = {
  other: 'Giá trị khác', otherNone: 'Hãy ghi giá trị.', ask: 'Hỏi lại thôn', askLabel: 'Câu hỏi (người ghi sẽ đọc)', askNone: 'Hãy ghi cần hỏi gì.', send: 'Gửi',
  fresh: 'mới', reopened: 'Có giá trị mới, cần chọn lại.', allKinds: 'Mọi loại',
  asked: 'Đã hỏi lại thôn.', asking: 'đang hỏi', next: 'Mục sau', open: 'Mở trong sổ', openPeriods: 'Xem các kỳ', hidden: '(đã che)',
  period: 'Kỳ báo cáo', atStake: 'Ảnh hưởng số liệu báo cáo đang lập', unread: (read: number, all: number) => `Chỉ xét ${read} trong ${all} báo cáo đang lập, sửa gần nhất.`, touches: (labels: string[]) => `Số liệu bị ảnh hưởng: ${labels.slice(0, 3).join(', ')}${labels.length > 3 ? '…' : ''}`,
  unseen: (n: number) => (n > 2 ? 'chưa thấy các bản kia' : 'chưa thấy bản kia'), oneRemoved: 'Một bên xóa, một bên sửa hoặc khôi phục.', fieldOf: (n: number, of: number) => `${n}/${of} trường`,
  earlier: (value: string, approved: string) => `Trước đó: ${value}${approved ? ` (đã duyệt ${approved})` : ''}`,
  question: (field: string, values: string[]) => `“${field}” đang ghi khác nhau:\n${values.map(v => `– ${v}`).join('\n')}\nXin cho biết giá trị nào đúng.`,
}

// The texts of the page of conflicts that it does not share.
export const vi = {
  other: 'Giá trị khác', otherNone: 'Hãy ghi giá trị.', ask: 'Hỏi lại thôn', askLabel: 'Câu hỏi (người ghi sẽ đọc)', askNone: 'Hãy ghi cần hỏi gì.', send: 'Gửi',
  fresh: 'mới', reopened: 'Có giá trị mới, cần chọn lại.', allKinds: 'Mọi loại', period: 'Kỳ báo cáo',
  asked: 'Đã hỏi lại thôn.', asking: 'đang hỏi', next: 'Mục sau', open: 'Mở trong sổ', hidden: '(đã che)', erased: '(đã xóa)',
  question: (field: string, values: string[]) => `“${field}” đang ghi khác nhau:\n${values.map(v => `– ${v}`).join('\n')}\nXin cho biết giá trị nào đúng.`,
}

// How long there is until a day, in words: working days ahead, days behind.
export function left (due: string, today: string, workingDays = 0): string {
  const days = Math.round((Date.parse(due) - Date.parse(today)) / 86_400_000)
  if (days < 0) return `quá ${-days} ngày`
  if (days === 0) return 'hết hạn hôm nay'
  return workingDays > 0 ? `còn ${workingDays} ngày làm việc` : `còn ${days} ngày, đều là ngày nghỉ`
}

/** The same in days of the calendar, where nobody counted the working days. */
export function daysLeft (due: string, today: string): string {
  const days = Math.round((Date.parse(due) - Date.parse(today)) / 86_400_000)
  return days > 0 ? `còn ${days} ngày` : left(due, today)
}

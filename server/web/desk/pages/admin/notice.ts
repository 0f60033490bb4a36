// Days off as the official notice tells them, and what the week makes of a day.
import { addDays, isDay } from '../../../lib/days'

export interface NoticeDay { day: string, name: string, works: boolean }

export const weekday = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay()
export const weekend = (day: string): boolean => [0, 6].includes(weekday(day))

const names: [RegExp, string][] = [
  [/giỗ tổ|hùng vương/i, 'Giỗ Tổ Hùng Vương'], [/nguyên đán|âm lịch|tết (bính|đinh|mậu|kỷ|canh|tân|nhâm|quý|giáp|ất)/i, 'Tết Nguyên đán'], [/quốc khánh/i, 'Quốc khánh'],
  [/dương lịch/i, 'Tết Dương lịch'], [/chiến thắng|thống nhất/i, 'Ngày Chiến thắng'], [/lao động (1\/5|01\/5|01\/05)|quốc tế lao động/i, 'Quốc tế Lao động'],
]
const date = /(\d{1,2})\s*(?:[/.]|tháng)\s*(\d{1,2})(?:\s*(?:[/.]|năm)\s*(\d{4}))?/g
const longest = 40

/**
 * Reads the days of a notice. Ranges are filled; days of a weekend are off without being entered, and working days
 * are worked. Days of the lunar calendar and of cited documents are passed over.
 */
export function readNotice (text: string, year: number): NoticeDay[] {
  const found = new Map<string, NoticeDay>()
  let name = 'Nghỉ theo thông báo'
  for (const sentence of text.split(/\n|;|\.(?=\s)/)) {
    name = names.find(([pattern]) => pattern.test(sentence))?.[1] ?? name
    let last: { day: string, works: boolean } | undefined
    let end = 0
    for (const m of sentence.matchAll(date)) {
      const before = sentence.slice(end, m.index), after = sentence.slice(m.index + m[0].length)
      end = m.index + m[0].length
      const day = `${m[3] ?? String(year)}-${m[2]!.padStart(2, '0')}-${m[1]!.padStart(2, '0')}`
      if (!isDay(day) || /^\s*\(?\s*(âm lịch|al\b)/i.test(after) || /(thông báo|quyết định|công văn|văn bản|nghị định|tờ trình|luật) (số )?[^,]*$/i.test(before)) { last = undefined; continue }
      const works = /làm bù|làm việc bù|đi làm|\bsang\b/i.test(before)
      const days = last && /đến/i.test(before) ? between(last.day, day) : [day]
      for (const d of days) if (weekend(d) === works) found.set(d, { day: d, name: works ? `Làm bù (${name})` : name, works })
      last = { day, works }
    }
  }
  return [...found.values()].sort((a, b) => a.day.localeCompare(b.day))
}

function between (from: string, to: string): string[] {
  const days = [from]
  while (days.at(-1)! < to && days.length < longest) days.push(addDays(days.at(-1)!, 1))
  return days
}

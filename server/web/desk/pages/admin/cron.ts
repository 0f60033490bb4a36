// A schedule in words.
const days = ['Chủ nhật', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy']

function clock (hour: number, minute: number): string {
  const [h, part] = hour === 0 ? [0, 'đêm'] : hour < 11 ? [hour, 'sáng'] : hour < 13 ? [hour, 'trưa'] : hour < 18 ? [hour - 12, 'chiều'] : hour < 22 ? [hour - 12, 'tối'] : [hour - 12, 'đêm']
  return `${h} giờ ${minute === 0 ? '' : `${minute} phút `}${part}`
}

/** "0 1 15 6 *" as "1 giờ sáng ngày 15/6 hằng năm". What has no plain words is shown as it is. */
export function cronWords (cron: string): string {
  const parts = cron.trim().split(/\s+/)
  const [minute, hour, day, month, weekday] = parts as [string, string, string, string, string]
  const whole = (s: string): boolean => /^\d+$/.test(s)
  const rest = day === '*' && month === '*' && weekday === '*'
  if (parts.length === 5) {
    if (minute === '*' && hour === '*' && rest) return 'mỗi phút'
    const every = /^\*\/(\d+)$/
    if (every.test(minute) && hour === '*' && rest) return `${every.exec(minute)![1]} phút một lần`
    if (whole(minute) && hour === '*' && rest) return minute === '0' ? 'đầu mỗi giờ' : `phút thứ ${minute} của mỗi giờ`
    if (whole(minute) && every.test(hour) && rest) return `${every.exec(hour)![1]} giờ một lần${minute === '0' ? '' : `, vào phút thứ ${minute}`}`
    if (whole(minute) && whole(hour)) {
      const at = clock(Number(hour), Number(minute))
      if (rest) return `${at} hằng ngày`
      if (whole(day) && month === '*' && weekday === '*') return `${at} ngày ${day} hằng tháng`
      if (whole(day) && whole(month) && weekday === '*') return `${at} ngày ${day}/${month} hằng năm`
      if (day === '*' && month === '*' && /^[0-7](,[0-7])*$/.test(weekday)) return `${at} ${weekday.split(',').map(d => days[Number(d) % 7]).join(', ')} hằng tuần`
      if (day === '*' && month === '*' && /^[0-6]-[0-6]$/.test(weekday)) return `${at} từ ${days[Number(weekday[0])]} đến ${days[Number(weekday[2])]} hằng tuần`
    }
  }
  return `theo lịch ${cron}`
}

/** When a schedule runs, as it is chosen in a form. `line` keeps what none of the others says. */
export interface Plan { every: 'year' | 'month' | 'week' | 'day' | 'line', month: number, day: number, weekday: number, hour: number, minute: number, line: string }

export const weekdays = days

/** The choices that a cron line stands for. */
export function planOf (cron: string): Plan {
  const plan: Plan = { every: 'line', month: 1, day: 1, weekday: 1, hour: 1, minute: 0, line: cron }
  const parts = cron.trim().split(/\s+/)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = parts
  const whole = (s: string): boolean => /^\d+$/.test(s)
  if (parts.length !== 5 || !whole(minute) || !whole(hour)) return plan
  const at = { ...plan, hour: Number(hour), minute: Number(minute) }
  if (whole(day) && whole(month) && weekday === '*') return { ...at, every: 'year', day: Number(day), month: Number(month) }
  if (whole(day) && month === '*' && weekday === '*') return { ...at, every: 'month', day: Number(day) }
  if (day === '*' && month === '*' && /^[0-7]$/.test(weekday)) return { ...at, every: 'week', weekday: Number(weekday) % 7 }
  if (day === '*' && month === '*' && weekday === '*') return { ...at, every: 'day' }
  return plan
}

/** The cron line of such choices. */
export function cronOf (p: Plan): string {
  const at = `${p.minute} ${p.hour}`
  switch (p.every) {
    case 'year': return `${at} ${p.day} ${p.month} *`
    case 'month': return `${at} ${p.day} * *`
    case 'week': return `${at} * * ${p.weekday}`
    case 'day': return `${at} * * *`
    case 'line': return p.line.trim()
  }
}

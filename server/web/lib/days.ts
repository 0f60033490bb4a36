// Calendar days as YYYY-MM-DD, and how they are read. Days are Việt Nam's, whatever zone the phone is set to.
const weekdays = ['chủ nhật', 'thứ hai', 'thứ ba', 'thứ tư', 'thứ năm', 'thứ sáu', 'thứ bảy']
const zone = 7 * 3_600_000

/** The day in Việt Nam of a moment in milliseconds. */
export function dayOf (moment: number): string {
  return new Date(moment + zone).toISOString().slice(0, 10)
}

/** A day that exists: 2026-02-30 does not. */
export function isDay (day: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return false
  const at = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === day
}

export function addDays (day: string, n: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10)
}

/** What was typed into three boxes as a day; undefined where there is no such day. */
export function dayFrom (day: string, month: string, year: string): string | undefined {
  if (!/^\d{1,2}$/.test(day) || !/^\d{1,2}$/.test(month) || !/^\d{4}$/.test(year)) return undefined
  const made = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return isDay(made) ? made : undefined
}

/** 2026-11-20 as "20/11/2026"; 2024-04-05 as "5/4/2024". */
export function formatDay (day: string): string {
  const [y, m, d] = day.split('-')
  return `${Number(d)}/${Number(m)}/${y}`
}

/** 2026-11-20 as "thứ sáu, 20/11/2026". */
export function readDay (day: string): string {
  return `${weekdays[new Date(`${day}T00:00:00Z`).getUTCDay()]}, ${formatDay(day)}`
}

/** The time of day in Việt Nam: "14:05". */
export function clockOf (iso: string): string {
  return new Date(Date.parse(iso) + zone).toISOString().slice(11, 16)
}

/** A moment as it stands on a receipt: "14:05 26/11/2026". */
export function momentOf (iso: string): string { return `${clockOf(iso)} ${formatDay(dayOf(Date.parse(iso)))}` }

/** A moment as "14:05 hôm nay", "14:05 hôm qua", "14:05 ngày 20/11", with the year where it is another. */
export function clockTime (iso: string, now: number): string {
  const at = Date.parse(iso)
  const clock = clockOf(iso)
  const day = dayOf(at), today = dayOf(now)
  if (day === today) return `${clock} hôm nay`
  if (day === addDays(today, -1)) return `${clock} hôm qua`
  const short = formatDay(day)
  return `${clock} ngày ${day.slice(0, 4) === today.slice(0, 4) ? short.slice(0, short.lastIndexOf('/')) : short}`
}

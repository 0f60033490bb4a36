// Numbers in an official's text that have changed since it was written: where they stand, and what they become.
import { formatMoney } from '../../lib/money'

export interface StaleNumber { figure: string, label: string, unit: string, was: number, now: number }

/** A place in a text where a number stands that has changed. */
export interface Place {
  from: number
  to: number
  old: string
  /** The figures that had this value, of those that have the same now the first; more than one where the text does not tell which it is. */
  of: StaleNumber[]
  /** Whether it can only be that figure: it is followed by its unit, or stands once and is long. */
  sure: boolean
}

/** A whole number as the reports write it, and no part of a day, of a fraction or of a longer number. */
const number = /(?<![\d.,/-])(?:\d{1,3}(?:\.\d{3})+|\d+)(?![\d/]|[.,]\d)/g

/** A unit as a text writes it. */
const unitWord = (unit: string): string => unit === 'đ' ? 'đồng' : unit

export function staleNumbers (text: string, stale: StaleNumber[]): Place[] {
  const places: Place[] = []
  for (const m of text.matchAll(number)) {
    const value = Number(m[0].replaceAll('.', ''))
    const of = stale.filter(s => s.was === value)
    if (of.length === 0) continue
    const rest = text.slice(m.index + m[0].length).trimStart().toLocaleLowerCase('vi')
    const named = of.filter(s => s.unit !== '' && rest.startsWith(unitWord(s.unit).toLocaleLowerCase('vi')))
    const candidates = (named.length > 0 ? named : of).filter((s, i, all) => all.findIndex(o => o.now === s.now) === i)
    places.push({ from: m.index, to: m.index + m[0].length, old: m[0], of: candidates, sure: candidates.length === 1 && named.length > 0 })
  }
  for (const p of places) {
    if (!p.sure && p.of.length === 1 && p.old.length > 2) p.sure = places.filter(q => q.old === p.old).length === 1
  }
  return places
}

/** A number in a sentence, as the server writes it in a report: with a zero before it where it has one digit, unless it is money. */
export const numeral = (n: number, unit: string): string => (n > 0 && n < 10 && unit !== 'đ' ? `0${n}` : formatMoney(n))

/** The same with its unit. */
export const inWords = (n: number, unit: string): string => `${numeral(n, unit)} ${unitWord(unit)}`.trim()

/** The new value, as a report has it. */
export const rewritten = (by: StaleNumber): string => numeral(by.now, by.unit)

/** The text with those numbers replaced, and not a letter more. */
export function replaceNumbers (text: string, changes: { place: Place, by: StaleNumber }[]): string {
  let now = text
  for (const { place, by } of [...changes].sort((a, b) => b.place.from - a.place.from)) {
    now = now.slice(0, place.from) + rewritten(by) + now.slice(place.to)
  }
  return now
}

// What every household of a series receives, kept on this phone from one start to the next.

export interface GiftSheet {
  unit: string
  date: string
  quantity: number
  valueEach: number | undefined
  items: string
  signed: boolean
  /** The photo of the signed list, which every gift of the session carries. */
  photo?: string
  /** The day on which the sheet was filled in: another day asks again. */
  made: string
}

const name = (campaign: string): string => `sothon.series.${campaign}`
const today = (): string => new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)

/** The sheet of a series that was begun today. */
export function readSheet (campaign: string): GiftSheet | undefined {
  const kept = lastSheet(campaign)
  return kept?.made === today() ? kept : undefined
}

export function lastSheet (campaign: string): GiftSheet | undefined {
  try {
    const text = localStorage.getItem(name(campaign))
    return text ? JSON.parse(text) as GiftSheet : undefined
  } catch {
    return undefined
  }
}

export function keepSheet (campaign: string, sheet: GiftSheet): void {
  try {
    localStorage.setItem(name(campaign), JSON.stringify(sheet))
  } catch { /* no room: the sheet holds until the app is closed */ }
}

export const newSheetDay = today

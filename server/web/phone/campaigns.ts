// Campaigns of gifts, and how far each has come in the person's villages.
import type { Book } from '../lib/book'
import { knownToday } from '../lib/clock'
import type { Fields } from '../lib/contract'
import { isLive, type Row } from '../lib/rows'
import { rowsOf, show } from '../lib/view'
import { refOf } from './describe'

export interface CampaignLine { row: Row, running: boolean, given: number, eligible: number }

/** The households that a campaign is for; a household that has left is not. */
export function eligible (households: Row[], categories: string[]): Row[] {
  return households.filter(h => isLive(h) && !h.brief.leftOn && (categories.length === 0 || categories.includes(String(h.brief.category))))
}

export async function categoriesOf (book: Book, campaign: Row): Promise<string[]> {
  const fields = (await show(book, campaign.unit, campaign.id))?.record.fields as Fields | undefined
  return Array.isArray(fields?.categories) ? fields.categories as string[] : []
}

/** Campaigns that give, the running ones first, then by their first day. */
export async function readCampaigns (book: Book, rows: Row[]): Promise<CampaignLine[]> {
  const writes = new Set((await book.db.getAll('units')).filter(u => u.writes).map(u => u.unit))
  const households = rows.filter(r => r.kind === 'household' && writes.has(r.unit))
  const { day: today } = await knownToday(book)
  const lines: CampaignLine[] = []
  for (const row of rows) {
    if (row.kind !== 'campaign' || !isLive(row) || row.brief.purpose === 'collect') continue
    const gifts = (await rowsOf(book, `campaign:${row.id}`)).filter(g => g.kind === 'gift' && isLive(g) && writes.has(g.unit))
    const got = new Set(gifts.map(g => refOf(g, 'household') ?? g.id))
    const to = typeof row.brief.to === 'string' ? row.brief.to : '9999'
    const forWhom = eligible(households, await categoriesOf(book, row))
    lines.push({ row, running: String(row.brief.from ?? '') <= today && today <= to, given: got.size, eligible: Math.max(forWhom.length, got.size) })
  }
  return lines.sort((a, b) => Number(b.running) - Number(a.running) || (a.row.date < b.row.date ? 1 : -1))
}

// A household's life as the desk tells it: its categories by time, its gifts by year, and where it moved.
import type { components } from '../../lib/contract.gen'
import type { Form } from '../../lib/contract'
import { desk } from '../desk.svelte'
import type { Summary } from '../values'

type Schemas = components['schemas']
export type History = Schemas['RecordHistory']
type Page = Schemas['RecordPage']

/** What was known of the category at one time. */
export interface Stage { category: string, standard: string, from: string, to: string, at: string, user: string }
export interface At { unit: string, record: string }

const told = ['category', 'povertyStandard', 'categoryFrom', 'categoryTo'] as const

/** The categories in the order in which they were written. One that only got other days is one. */
export function stagesOf (history: History['history']): Stage[] {
  const now: Record<string, string> = {}
  const stages: Stage[] = []
  for (const entry of history) {
    const changed = entry.changes.filter(c => (told as readonly string[]).includes(c.field))
    if (changed.length === 0) continue
    for (const c of changed) now[c.field] = typeof c.value === 'string' ? c.value : ''
    if (!now.category) continue
    const stage = { category: now.category, standard: now.povertyStandard ?? '', from: now.categoryFrom ?? '', to: now.categoryTo ?? '', at: entry.at, user: entry.user }
    const last = stages.at(-1)
    const same = last?.category === stage.category && (last.from === stage.from || last.from === '') && (last.standard === stage.standard || last.standard === '')
    if (same) stages[stages.length - 1] = stage
    else stages.push(stage)
  }
  return stages
}

export interface Year { year: string, quantity: number, value: number }

/** Gifts and their value by year, the latest first. What was returned, removed or is a copy does not count. */
export function yearsOf (gifts: Summary[]): Year[] {
  const years = new Map<string, Year>()
  for (const g of gifts) {
    if (!counts(g) || !g.date) continue
    const year = g.date.slice(0, 4)
    const sum = years.get(year) ?? { year, quantity: 0, value: 0 }
    sum.quantity += Number(g.fields?.quantity ?? 0)
    sum.value += Number(g.fields?.valueVnd ?? 0)
    years.set(year, sum)
  }
  return [...years.values()].sort((a, b) => b.year.localeCompare(a.year))
}

export const counts = (s: Summary): boolean => s.state === 'pending' || s.state === 'approved'

/** What names a record, in all villages. */
export async function naming (at: At): Promise<{ items: Summary[], refs: Schemas['References'], cut: boolean }> {
  const items: Summary[] = []
  let refs: Schemas['References'] = {}
  let cursor = ''
  for (let page = 0; page < 5; page++) {
    const got = await desk.get<Page>('/v1/records', { ref: `${at.unit}/${at.record}`, sort: '-date', limit: '200', cursor })
    items.push(...got.items)
    refs = { ...refs, ...got.refs }
    if (!got.next) return { items, refs, cut: false }
    cursor = got.next
  }
  return { items, refs, cut: true }
}

export const refOf = (value: unknown, unit: string): At | undefined => {
  if (typeof value === 'string') return { unit, record: value }
  const ref = value as { unit?: string, record?: string } | null | undefined
  return ref?.record ? { unit: ref.unit ?? unit, record: ref.record } : undefined
}

/** The household before a move, and before that: as far back as the person may see, at most five moves. */
export async function before (first: At, value: unknown): Promise<At[]> {
  const chain: At[] = []
  let at = refOf(value, first.unit)
  while (at && chain.length < 5 && at.record !== first.record && !chain.some(other => other.record === at!.record)) {
    chain.push(at)
    const older: History | undefined = await desk.get<History>(`/v1/records/${at.record}`, { unit: at.unit, limit: '1' }).catch(() => undefined)
    at = older && refOf(older.record.fields.movedFrom, at.unit)
  }
  return chain
}

/** What a household takes along into the book of another village: all but where it came from and when it left. */
export function takenAlong (form: Form, fields: Record<string, unknown>): Record<string, unknown> {
  const stays = new Set(['movedFrom', 'leftOn', 'leftFor'])
  return Object.fromEntries(form.fields.filter(f => !stays.has(f.name) && fields[f.name] !== undefined && fields[f.name] !== null).map(f => [f.name, fields[f.name]]))
}

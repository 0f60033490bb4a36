// What the pages for administration read, and how they say times.
import type { components } from '../../../lib/contract.gen'
import { desk } from '../../desk.svelte'
import { when } from '../../values'
import { vi } from './vi'

type Schemas = components['schemas']
export type Unit = Schemas['Unit']
export type User = Schemas['User']
export type Device = Schemas['Device']
export type Recipient = Schemas['Recipient']
export type Letterhead = Schemas['Letterhead']
export type Schedule = Schemas['Schedule']
export type NewSchedule = Schemas['NewSchedule']
export type Run = Schemas['Run']
export type Holiday = Schemas['Holiday']
export type Role = Schemas['Role']

/** Reads a list page by page. More than `most` are not shown: a page of so many rows helps nobody. */
export async function readAll<T> (path: string, query: Record<string, string> = {}, most = 2000): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page: { items: T[], next?: string } = await desk.get(path, { ...query, limit: '200', ...(cursor ? { cursor } : {}) })
    items.push(...page.items)
    cursor = page.next
  } while (cursor && items.length < most)
  return items
}

export async function readUnits (): Promise<Unit[]> {
  const { units } = await desk.get<{ units: Unit[] }>('/v1/units')
  return units.sort((a, b) => a.name.localeCompare(b.name, 'vi', { numeric: true }) || a.validFrom.localeCompare(b.validFrom))
}

/** The communes that the person works for, or all that there are. */
export const communes = (units: Unit[], today: string): Unit[] => units.filter(u => u.level === 'commune').sort((a, b) => Number(ended(a, today)) - Number(ended(b, today)))

export const ended = (u: { validTo?: string }, today: string): boolean => u.validTo !== undefined && u.validTo < today

/** A moment, or that there was none. */
export const moment = (iso: string | undefined): string => (iso ? when(iso) : vi.neverSeen)

/** The lines of a text box; empty ones count for nothing. */
export const lines = (text: string): string[] => text.split('\n').map(l => l.trim()).filter(l => l !== '')

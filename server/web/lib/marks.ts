// What the marks of a record are, computed from what is stored and never stored as such.
import type { LedgerRecord } from './contract'
import { oneLetter, toneLast } from './fold'
import { phoneNumber } from './number'
import { isLive, type DraftRow, type Mark, type OpRow, type PhotoRow } from './rows'

export interface Evidence {
  pulled: LedgerRecord | undefined
  shown: LedgerRecord
  /** All ops of the record that are kept, of every series, in their order. */
  ops: OpRow[]
  pending: OpRow[]
  photos: PhotoRow[]
  draft: DraftRow | undefined
  me: string
}

/** All marks that hold, the gravest first. */
export function marksOf (e: Evidence): Mark[] {
  const marks: Mark[] = []
  const { shown, pulled } = e
  const waiting = e.ops.some(row => row.waiting === 1)
  const live = isLive(shown)
  const photos = photosLeft(e)
  if (rejectedOps(e.ops).length > 0) marks.push({ code: 'rejected' })
  if (shown.state === 'returned') marks.push({ code: 'returned' })
  if ((shown.conflicts?.length ?? 0) > 0) marks.push({ code: 'conflict' })
  if (live && suspected(e)) marks.push({ code: 'suspect' })
  if (waiting) marks.push({ code: 'unsent' })
  if (photos > 0 && live) marks.push({ code: 'photos', n: photos })
  if (e.draft) marks.push({ code: 'draft' })
  if (shown.state === 'pending' && reworked(e)) marks.push({ code: 'reworked' })
  if (correctedFields(e).length > 0) marks.push({ code: 'corrected' })
  if (pulled?.late || e.ops.some(row => row.result?.late)) marks.push({ code: 'late' })
  if (live && e.ops.filter(row => row.result).at(-1)?.result?.afterEnd) marks.push({ code: 'afterEnd' })
  if (shown.state === 'approved') marks.push({ code: 'approved' })
  else if (!waiting && photos === 0 && (e.ops.length > 0 || isMine(e)) && marks.every(m => m.code !== 'rejected')) marks.push({ code: 'sent' })
  return marks
}

export function isMine (e: Pick<Evidence, 'shown' | 'ops' | 'me'>): boolean {
  return e.shown.created.user === e.me || e.ops.some(row => row.result?.status !== 'rejected')
}

export function rejectedOps (ops: OpRow[]): OpRow[] {
  return ops.filter(row => (row.result?.status === 'rejected' || row.unreadable) && !row.settled)
}

/** How many photos that the record names are not at the server, as far as this phone knows. */
function photosLeft (e: Evidence): number {
  const named = hashesIn(e.shown.fields)
  const missing = new Set(e.pulled?.missing ?? [])
  for (const photo of e.photos) {
    if (photo.state === 'waiting') missing.add(photo.hash)
    if (photo.state === 'sent') missing.delete(photo.hash)
  }
  return named.filter(hash => missing.has(hash)).length
}

const hash = /^[0-9a-f]{64}$/

/** The photos that values name: every list of hashes. */
export function hashesIn (fields: Record<string, unknown>): string[] {
  const found: string[] = []
  for (const value of Object.values(fields)) {
    if (Array.isArray(value)) for (const item of value) if (typeof item === 'string' && hash.test(item)) found.push(item)
  }
  return found
}

function suspected (e: Evidence): boolean {
  if (e.shown.suspects) return e.shown.suspects.length > 0
  const last = e.ops.at(-1) // a server that tells no suspects with its records has told the writer once
  return last?.result?.status === 'duplicate' && !last.settled
}

/** It was returned, and answered since. */
function reworked (e: Evidence): boolean {
  if (e.pulled?.state === 'returned' || e.pulled?.review?.state === 'returned') return true
  return e.ops.some(row => row.mends && row.result?.status !== 'rejected') && e.pulled?.review === undefined
}

/** The fields in which somebody else's write stands where the person's own last one did. */
export function correctedFields (e: Pick<Evidence, 'pulled' | 'ops' | 'pending'>): string[] {
  if (!e.pulled) return []
  const mine = new Map<string, unknown>()
  for (const row of e.ops) {
    if (row.result?.status === 'rejected' || e.pending.includes(row)) continue
    if (row.op.action === 'edit') for (const [field, value] of Object.entries(row.op.set ?? {})) mine.set(field, value)
    if (row.op.action === 'resolve') mine.set(row.op.field!, row.op.value)
  }
  const touched = new Set(e.pending.flatMap(row => Object.keys(row.op.set ?? {})))
  const open = new Set((e.pulled.conflicts ?? []).map(c => c.field))
  const erased = new Set(e.pulled.erased ?? [])
  return [...mine].filter(([field, value]) => !field.startsWith('_') && !touched.has(field) && !open.has(field) && !erased.has(field) &&
    !same(stored(value), stored(e.pulled!.fields[field]))).map(([field]) => field)
}

/**
 * A value without what the server tidies away: blanks, the place of tone marks, the grouping of numbers. What differs
 * after that was changed by somebody.
 */
function stored (value: unknown): unknown {
  if (typeof value === 'string') {
    const plain = /^[+\d]/.test(value) && /^[\d\s.()+-]*$/.test(value) ? phoneNumber(value) : value
    const text = toneLast(oneLetter(plain.replace(/[\u00ad\u200b\u2060\ufeff]/g, ''))).replace(/\s+/g, ' ').trim()
    return text === '' ? null : text
  }
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(stored)
  if (typeof value !== 'object' || value === null) return value ?? null
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, stored(v)] as const).filter(([, v]) => v !== null))
}

/** Equality of JSON values; the order of an object's keys says nothing. */
export function same (a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false
  const x = Object.entries(a), y = b as Record<string, unknown>
  return x.length === Object.keys(b).length && x.every(([key, value]) => key in y && same(value, y[key]))
}

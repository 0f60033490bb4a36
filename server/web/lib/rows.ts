// What the database of one person holds: the rows of its stores.
import type { Fields, LedgerRecord, Op, PushResult, Ref } from './contract'

/** A point of a ledger that was read up to. */
export interface Head { log: string, seq: number, hash: string }

/** One ledger that is pulled, pushed to, or both. */
export interface UnitRow {
  unit: string
  name: string
  level: string
  /** The person writes here; other units are only read. */
  writes: boolean
  /** Leaving units accept what this device recorded until this moment; they are pulled no more. */
  leaving?: string
  cursor?: Head
  /** How far the ledger had come at the last page that had more behind it. */
  tip?: { seq: number, hash: string }
  /** What the person was shown at the last page. */
  view?: string
  /** The seq of the last pull that came to an end: the base of a form that is opened now. */
  base: number
  /** The series that counters belong to. */
  series: number
  /** The last counter used in it. */
  n: number
  /** The highest seq that a push's answer named. A cursor below it is probed before a pull. */
  pushedSeq: number
  /** The ops of the request that has no final answer yet. It is repeated as it is. */
  flight?: Flight
  /** Up to this counter ops go one by one: a batch that held them could not be read. */
  single?: number
  /** So many ops at once, after a batch was too slow for the line; until one has gone through quickly. */
  slow?: number
  /** Set while records are pulled afresh beside the old ones: after a restored backup, or `again` as the person or another view wants it. */
  rebuild?: { cursor?: Head, tip?: { seq: number, hash: string }, view?: string, again?: boolean }
  /** Where pulls came to an end, the newest last: they tell how far a restored ledger is the one that was pulled. */
  heads?: Head[]
  /** The next pull names those, because the cursor is not in the ledger. */
  asked?: boolean
  /** The device and epoch of each earlier series. */
  epochs?: Record<number, { id: string, epoch: number }>
  /** The ledger must be asked whether it still has what was acknowledged in those. */
  doubt?: boolean
  /** The highest seq that an answer named in them: until the cursor has reached it, they are in doubt. */
  earlierSeq?: number
  /** Why nothing is sent to this unit. */
  stopped?: { code: string, message: string, at: string }
  /** The last pull's progress: how much of the ledger has been read, 0 to 1. */
  progress: number
  lastPull?: string
  lastPush?: string
}

/** Whether a unit is still read; one that is not takes at most what waits for it. */
export const isPulled = (unit: UnitRow): boolean => !unit.leaving && !unit.stopped

export interface Flight { series: number, from: number, through: number, head?: Head }

/**
 * One op of the outbox. A series is what one device counts in one epoch; a fresh sign-in begins the next.
 * Invariant: in a series the tried ops come before all others, because they leave in the order of their counters.
 */
export interface OpRow {
  /** Names the row for as long as it exists; its counter may still change. */
  id: string
  unit: string
  series: number
  n: number
  record: string
  op: Op
  /** JSON bytes of the op. */
  size: number
  /** 1 until the server has given its verdict, 0 after that. */
  waiting: 0 | 1
  /** It stood in a request: the server may have it, and it changes no more. */
  tried: boolean
  savedAt: string
  /** The server's verdict. */
  result?: PushResult
  /** The seq of the answer that held the verdict; the effect has been pulled once the unit's base reaches it. */
  ackSeq?: number
  ackAt?: string
  /** It answers a record that the commune returned. */
  mends?: boolean
  /** The person has seen to a rejected op: mended it, or let it go. */
  settled?: boolean
  /** The op as it was written, where the server could not read it and a harmless one took its counter. */
  unreadable?: { op: Op, code: string, message: string }
}

export interface DraftRow {
  /** See draftKey. */
  key: string
  unit: string
  kind: string
  /** The id that the record has, or will have. */
  record: string
  isNew: boolean
  /** Taken when the form was opened. */
  base: number
  /** Only what the person touched. */
  set: Fields
  /** The field for which the camera was opened; its photo has not come back yet. */
  awaitsPhoto?: string
  openedAt: string
  changedAt: string
  extra?: unknown
  /** What it pointed to in units that it was taken from, by unit. */
  left?: Record<string, Fields>
}

export interface PhotoRow {
  hash: string
  unit: string
  type: string
  size: number
  addedAt: string
  state: 'draft' | 'waiting' | 'sent' | 'refused'
  /** The upload's address at the server, kept to resume after a kill. */
  url?: string
  offset: number
  sentAt?: string
  /** What arrived was not what left, once: it was sent again from its first byte. */
  again?: boolean
  /** Why the server refused it. */
  refused?: { code: string, message: string }
  /** A small JPEG for lists, at most 8 KB. It outlives the photo. */
  thumb?: Uint8Array
}

export interface ReceiptRow {
  id?: number
  unit: string
  from: number
  through: number
  at: string
  seq: number
  accepted: number
  conflict: number
  duplicate: number
  rejected: number
  /** The signed note. */
  note: string
}

export type MarkCode = 'draft' | 'unsent' | 'photos' | 'sent' | 'approved' | 'corrected' | 'returned' |
  'reworked' | 'conflict' | 'suspect' | 'rejected' | 'late' | 'afterEnd'

/** A mark of a record; n is how many photos are left. */
export interface Mark { code: MarkCode, n?: number }

/** The line of a record in lists and in the search. */
export interface Row {
  unit: string
  id: string
  kind: string
  /** The form's name field as it is written, or "". */
  name: string
  /** Folded words, each once, with a space before and behind each: " ho ba ". */
  words: string
  /** Orders as Vietnamese does, persons by the given name: plain string comparison. */
  sort: string
  date: string
  state: LedgerRecord['state']
  /** All that hold, the gravest first. */
  marks: Mark[]
  /** The person of this phone has written it. */
  mine: boolean
  updatedAt: string
  /** Small values that lists show: choices, days, numbers, switches, codes. Nothing sensitive. */
  brief: Fields
  /** "field:record id" of each reference, also of other units. */
  refs: string[]
}

/** What is in the form's place: the pulled record with the ops that were not pulled yet on top. */
export interface Shown {
  record: LedgerRecord
  marks: Mark[]
  /** Its ops that are not in the pulled record, in their order. */
  pending: OpRow[]
  /** Its rejected ops that nobody has seen to. */
  rejected: OpRow[]
  draft?: DraftRow
  /** Its photos that are in this phone. */
  photos: PhotoRow[]
  /** Fields in which somebody else's write stands where the person's own did. */
  corrected: string[]
}

/** What is written: everything of an op that the outbox does not decide by itself. */
export interface Write {
  unit: string
  kind: string
  record: string
  action: Op['action']
  /** The draft's base. Left out, the unit's of now. */
  base?: number
  set?: Fields
  field?: string
  value?: unknown
  sees?: string[]
  origins?: string[]
  state?: Op['state']
  note?: string
  duplicateOf?: Ref
  fields?: string[]
  period?: string
  text?: string
  /** The key of the draft that ends with this write. */
  draft?: string
  /** The id of the rejected op that this one corrects. */
  mends?: string
}

/** Whether a record counts: it is neither removed nor another one told twice. */
export const isLive = ({ state }: { state: LedgerRecord['state'] }): boolean => state !== 'removed' && state !== 'duplicate'

/** One draft for each record, and one for a new record of each kind in each unit. */
export const draftKey = (unit: string, kind: string, record: string | undefined): string => `${unit}:${kind}:${record ?? 'new'}`

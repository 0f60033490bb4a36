// Names for the parts of the contract that the apps use, from the types generated of openapi.yaml.
import type { components } from './contract.gen'

type Schemas = components['schemas']

export type Unit = Schemas['Unit']
export type Problem = Schemas['Problem']
export type Sibling = Schemas['Sibling']
export type Tombstone = Schemas['Tombstone']
export type PushResult = Schemas['PushResult']
export type PushResponse = Schemas['PushResponse']
export type Role = Schemas['Role']
export type Ref = string | { record: string, unit: string }

/** The JSON value of a field; which type it has, the form says. */
export type Value = unknown
export type Fields = Record<string, Value>

export type Action = Schemas['Action']

/** One act of one person on one record, as it is sent. */
export interface Op {
  n: number
  record: string
  kind: string
  action: Action
  base: number
  at: string
  set?: Fields
  field?: string
  value?: Value
  sees?: string[]
  origins?: string[]
  state?: 'approved' | 'returned' | 'pending'
  note?: string
  duplicateOf?: Ref
  fields?: string[]
  period?: string
  text?: string
}

/** What somebody said of a record; one that was not pulled yet has no dot. */
export type Comment = Omit<Schemas['Comment'], 'dot'> & { dot?: string }
export interface Deadline { step: string, label: string, due: string, done?: string, late: boolean, paused?: boolean, law?: string, unsure?: boolean }

/** A merged record, as the server gives it. Members that an older server lacks are absent. */
export type LedgerRecord = Omit<Schemas['Record'], 'comments'> & {
  comments?: Comment[]
  /** Hashes of photos that the record names and the server does not have yet. */
  missing?: string[]
  deadlines?: Deadline[]
}

export type Changes = Omit<Schemas['Changes'], 'records'> & { records: (LedgerRecord | Tombstone)[] }

export type Caller = Schemas['Caller']
export type Device = Schemas['SessionDevice']
export type Session = Schemas['Session']
type Account = 'server' | 'actions' | 'leaving'
/** Who is signed in. Until the account was read there is only what the session says. */
export type Me = Omit<Schemas['Me'], Account> & Partial<Pick<Schemas['Me'], Account>>

/** Somebody who may have written in the caller's units. */
export type PersonName = Schemas['Person']

export type Form = Schemas['Form']
export type FormField = Schemas['FormField']
export type FormCondition = Schemas['FormCondition']
export type Forms = Schemas['Forms']

export const isGone = (change: LedgerRecord | Tombstone): change is Tombstone => 'gone' in change

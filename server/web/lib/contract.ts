// Names for the parts of the contract that the apps use, from the types generated of openapi.yaml.
import type { components } from './contract.gen'

type Schemas = components['schemas']

export type Unit = Schemas['Unit']
export type Problem = Schemas['Problem']
export type Sibling = Schemas['Sibling']
export type FieldConflict = Schemas['FieldConflict']
export type Tombstone = Schemas['Tombstone']
export type PushResult = Schemas['PushResult']
export type PushResponse = Schemas['PushResponse']
export type Role = Schemas['Role']
export type Ref = string | { record: string, unit: string }

/** The JSON value of a field; which type it has, the form says. */
export type Value = unknown
export type Fields = Record<string, Value>

export type Action = 'edit' | 'remove' | 'restore' | 'resolve' | 'review' | 'link' | 'unlink' | 'erase' | 'close' | 'reopen' | 'comment'

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
  state?: 'approved' | 'returned' | 'pending'
  note?: string
  duplicateOf?: Ref
  fields?: string[]
  period?: string
  text?: string
}

export interface Review { state: 'approved' | 'returned' | 'pending', note?: string, by: string, at: string }
export interface Comment { dot?: string, by: string, at: string, text: string }
export interface Suspect { of: string, reasons: string[], score: number }
export interface Deadline { step: string, label: string, due: string, late: boolean, paused?: boolean, law?: string, unsure?: boolean }

/** A merged record, as the server gives it. Members that an older server lacks are absent. */
export type LedgerRecord = Schemas['Record'] & {
  review?: Review
  comments?: Comment[]
  suspects?: Suspect[]
  /** Hashes of photos that the record names and the server does not have yet. */
  missing?: string[]
  closed?: boolean
  deadlines?: Deadline[]
}

export type Changes = Omit<Schemas['Changes'], 'records'> & { records: (LedgerRecord | Tombstone)[] }

export type Caller = Schemas['Caller'] & { title?: string, mustChangePassword?: boolean }
export type Device = Schemas['SessionDevice']
export type Session = Omit<Schemas['Session'], 'user'> & { user: Caller }
export type Me = Omit<Schemas['Me'], 'user'> & {
  user: Caller
  server?: { name: string, now: string, features: string[] }
  /** For each kind the actions that the caller may take. */
  actions?: Record<string, Action[]>
  /** Units that were taken from the caller, and until when their ops are still accepted. */
  leaving?: { unit: string, until: string }[]
}

/** Somebody who may have written in the caller's units. */
export interface PersonName { id: string, name: string, title?: string, role: Role, units: string[], phone?: string, active: boolean }

export type FormOption = Schemas['FormOption'] & { from?: string, to?: string }
export type FormRule = Schemas['FormRule']
export type FormField = Omit<Schemas['FormField'], 'options' | 'items'> & {
  options?: FormOption[]
  items?: FormField[]
  search?: boolean
  filter?: boolean
  default?: Value
  suffix?: string
  rows?: number
  when?: FormRule
}
export interface FormSection { title: string, fields: string[], when?: FormRule }
export type Form = Omit<Schemas['Form'], 'fields'> & {
  fields: FormField[]
  actions?: Partial<Record<Role, Action[]>>
  sections?: FormSection[]
  same?: { field: string, as: 'text' | 'fold' | 'name' | 'digits' | 'ref' }[][]
}
export type Limits = Schemas['Limits'] & { maxFileBytes?: number, maxPhotos?: number, fileTypes?: string[], maxPixels?: number }
export interface Forms {
  forms: Form[]
  limits: Limits
  /** Sentences of faults, by their code. */
  messages?: Record<string, string>
  labels?: Record<string, Record<string, string>>
}

export const isGone = (change: LedgerRecord | Tombstone): change is Tombstone => 'gone' in change

// Lays ops that were not pulled yet over the pulled record.
import type { Fields, LedgerRecord } from './contract'
import type { OpRow, UnitRow } from './rows'

/** Reports whether an op's effect is not in the pulled records yet. */
export function isPending (row: OpRow, unit: Pick<UnitRow, 'base'> | undefined): boolean {
  if (row.waiting === 1) return true
  if (row.result?.status === 'rejected') return false
  return (row.ackSeq ?? 0) > (unit?.base ?? 0)
}

/** The record as its own writer sees it; undefined where there is neither a record nor an op that makes one. */
export function lay (pulled: LedgerRecord | undefined, pending: OpRow[], me: Author): LedgerRecord | undefined {
  let record = pulled
  for (const row of pending) {
    if (!record) {
      if (row.op.action !== 'edit') continue
      record = blank(row, me)
    } else if (record === pulled) record = { ...pulled, fields: { ...pulled.fields } } as LedgerRecord
    apply(record, row, me)
  }
  return record
}

export interface Author { user: string, role: LedgerRecord['created']['role'], device: string }

function blank (row: OpRow, me: Author): LedgerRecord {
  return {
    id: row.record, unit: row.unit, kind: row.op.kind, seq: 0, updatedAt: row.op.at,
    created: { at: row.op.at, user: me.user, role: me.role, device: me.device },
    state: 'pending', fields: {},
  }
}

function apply (record: LedgerRecord, row: OpRow, me: Author): void {
  const op = row.op
  record.updatedAt = op.at > record.updatedAt ? op.at : record.updatedAt
  switch (op.action) {
    case 'edit':
      write(record.fields as Fields, op.set ?? {})
      settle(record, Object.keys(op.set ?? {}))
      if (record.state === 'returned' || record.state === 'approved') record.state = 'pending'
      break
    case 'resolve':
      settle(record, [op.field!])
      if (op.field === '_lifecycle') record.state = op.value === 'removed' ? 'removed' : 'pending'
      else if (!op.field!.startsWith('_')) write(record.fields as Fields, { [op.field!]: op.value })
      break
    case 'remove':
    case 'restore':
      settle(record, ['_lifecycle'])
      record.state = op.action === 'remove' ? 'removed' : 'pending'
      break
    case 'review':
      record.state = op.state ?? 'pending'
      record.note = op.note
      record.review = op.state && op.state !== 'pending' ? { state: op.state, note: op.note, by: me.user, at: op.at } : undefined
      break
    case 'link':
      record.state = 'duplicate'
      record.duplicateOf = op.duplicateOf
      break
    case 'unlink': {
      if (record.state === 'duplicate') record.state = 'pending'
      delete record.duplicateOf
      const other = typeof op.duplicateOf === 'object' ? op.duplicateOf.record : op.duplicateOf
      record.suspects = record.suspects?.filter(s => s.of !== other)
      break
    }
    case 'erase':
      for (const field of op.fields ?? []) delete (record.fields as Fields)[field]
      break
    case 'comment':
      record.comments = [...(record.comments ?? []), { by: me.user, at: op.at, text: op.text ?? '' }]
      if (record.state === 'returned') record.state = 'pending'
      break
    case 'close':
    case 'reopen':
      record.closed = op.action === 'close'
  }
}

function write (fields: Fields, set: Fields): void {
  for (const [name, value] of Object.entries(set)) {
    if (value === null) delete fields[name]
    else fields[name] = value
  }
}

/** A write replaces the siblings that its author saw; the server says later whether there were more. */
function settle (record: LedgerRecord, fields: string[]): void {
  if (!record.conflicts) return
  const left = record.conflicts.filter(c => !fields.includes(c.field))
  if (left.length > 0) record.conflicts = left
  else delete record.conflicts
}

// References: the record's id alone inside its own ledger, else with the unit.
import type { Ref, Value } from '../lib/contract'
import type { Row } from '../lib/rows'

export const refTo = (row: Pick<Row, 'unit' | 'id'>, from: string): Ref => row.unit === from ? row.id : { record: row.id, unit: row.unit }

export function target (value: Value, from: string): { unit: string, record: string } | undefined {
  if (typeof value === 'string') return { unit: from, record: value }
  if (typeof value === 'object' && value !== null && 'record' in value) {
    const ref = value as { record: string, unit?: string }
    return { unit: ref.unit ?? from, record: ref.record }
  }
  return undefined
}

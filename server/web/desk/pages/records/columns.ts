// The columns of a list of records: their heads, what stands in them, and what they can be ordered by.
import type { Form } from '../../../lib/contract'
import { formatDay } from '../../../lib/days'
import { formatMoney } from '../../../lib/money'
import { desk } from '../../desk.svelte'
import { daysLeft } from '../../left'
import { fieldLabel, valueText, when, type References, type Summary } from '../../values'
import { vi } from '../../vi'
import { vi as own } from '../records.vi'

export function cellText (s: Summary, column: string, refs: References | undefined): string {
  switch (column) {
    case 'unit': return desk.unitName(s.unit)
    case 'title': return s.title || vi.unnamed
    case 'kind': return desk.form(s.kind)?.label ?? s.kind
    case 'amount': return s.amountVnd ? formatMoney(s.amountVnd) : ''
    case 'due': return s.due ? formatDay(s.due) : ''
    case 'left': return s.due ? daysLeft(s.due, desk.book!.today()) : ''
    case 'photos': return s.photos ? own.hasPhotos : ''
    case 'date': return s.date ? formatDay(s.date) : ''
    case 'lastGift': return s.lastGift ? formatDay(s.lastGift) : own.noGift
    case 'updated': return when(s.updatedAt)
    default: return valueText(desk.form(s.kind), column, s.fields?.[column], s.unit, refs).replace(/ đồng$/, '')
  }
}

/** What stays on one line on paper too. */
export const isShort = (form: Form | undefined, column: string): boolean => ['unit', 'date', 'due', 'lastGift', 'updated'].includes(column) || form?.fields.find(f => f.name === column)?.type === 'date'

const ofHousehold = (form: Form | undefined): boolean => form?.fields.some(f => f.name === 'household') ?? false

export function columnLabel (form: Form | undefined, column: string): string {
  const named: Record<string, string> = { unit: vi.unit, title: ofHousehold(form) ? own.party : own.names[form?.kind ?? ''] ?? own.name, kind: vi.kind, amount: own.amount, due: own.due, left: own.left, photos: own.photos, date: own.date, lastGift: vi.lastGift, updated: own.updated }
  return named[column] ?? fieldLabel(form, column).replace(/ \(đồng\)$/, '')
}

export const isNumber = (form: Form | undefined, column: string): boolean => column === 'amount' || ['money', 'integer'].includes(form?.fields.find(f => f.name === column)?.type ?? '')
/** What stands in a workbook too: how many days are left is true on one day only, and photos are no text. */
export const isExported = (column: string): boolean => !['left', 'photos'].includes(column)

/** The column whose money the server adds up and orders by. */
const amountField: Record<string, string> = { gift: 'valueVnd', fund: 'amountVnd' }
/** What the list is ordered by where a column's head is pressed, as the address has it; a title that is another record's, or the purpose of money, is no name of this one. */
export function orderOf (form: Form | undefined, column: string): '' | 'updated' | 'amount' | 'date' | 'name' | 'han' {
  if (column === 'updated') return 'updated'
  if (column === 'due' || column === 'left') return form?.kind === 'petition' ? 'han' : ''
  if (column === (amountField[form?.kind ?? ''] ?? 'amount')) return 'amount'
  if (column === 'date' || column === form?.dateField) return 'date'
  const name = form?.kind === 'fund' ? form.nameField : 'title'
  return form?.nameField && column === name && !ofHousehold(form) ? 'name' : ''
}

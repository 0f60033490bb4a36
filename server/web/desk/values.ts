// Values as the desk reads them.
import type { components } from '../lib/contract.gen'
import type { Form, Value } from '../lib/contract'
import { formatDay } from '../lib/days'
import { formatMoney } from '../lib/money'
import { desk } from './desk.svelte'
import { vi } from './vi'

type Schemas = components['schemas']
export type Summary = Schemas['RecordSummary']
export type DeskRecord = Schemas['Record']
export type References = Schemas['References']

/** What a reference points to: a title, or the short id where the person may not see it. */
export function refTitle (value: Value, unit: string, refs: References | undefined): string {
  const at = typeof value === 'string' ? { unit, record: value } : value as { unit: string, record: string }
  const ref = refs?.[`${at.unit}/${at.record}`]
  return ref ? (ref.code ? `${ref.title} (${ref.code})` : ref.title) : '…'
}

export function valueText (form: Form | undefined, name: string, value: Value, unit: string, refs?: References): string {
  if (value === undefined || value === null || value === '') return ''
  const field = form?.fields.find(f => f.name === name)
  switch (field?.type) {
    case 'money': return `${formatMoney(Number(value))} đồng`
    case 'integer': return `${formatMoney(Number(value))}${field.suffix ? ` ${field.suffix}` : ''}`
    case 'boolean': return value === true ? vi.yes : vi.noWord
    case 'date': return formatDay(String(value))
    case 'choice': return field.options?.find(o => o.value === value)?.label ?? String(value)
    case 'choices': return (value as string[]).map(v => field.options?.find(o => o.value === v)?.label ?? v).join(', ')
    case 'reference': return refTitle(value, unit, refs)
    case 'unit': return desk.unitName(String(value))
    case 'hashes': return `${(value as string[]).length} ảnh`
    case 'list': return (value as Record<string, Value>[]).map(row => (field.items ?? []).map(item => valueText({ ...form!, fields: field.items ?? [] }, item.name, row[item.name], unit, refs)).filter(t => t !== '').join(', ')).join('; ')
    default: return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
}

/** What of a record an erasure can name: its personal fields, and personal members of lists (`sources.name`). */
export function personalParts (form: Form | undefined, record: DeskRecord): { name: string, label: string }[] {
  return (form?.fields ?? []).filter(f => record.fields[f.name] !== undefined || record.masked?.includes(f.name)).flatMap(f => f.personal
    ? [{ name: f.name, label: f.label }]
    : (f.items ?? []).filter(item => item.personal).map(item => ({ name: `${f.name}.${item.name}`, label: `${f.label}: ${item.label}` })))
}

/** The registers of each record, as people call them. */
export function fieldLabel (form: Form | undefined, name: string): string {
  const own = form?.fields.find(f => f.name === name)?.label
  if (own) return own
  return ({ _lifecycle: vi.state, _review: vi.reviewed, _link: vi.states.duplicate!, _comments: vi.comments } as Record<string, string>)[name] ?? (name.startsWith('_distinct') ? vi.apart : name)
}

/** A value of such a register. */
export function registerText (form: Form | undefined, name: string, value: Value, unit: string, refs?: References): string {
  if (name === '_lifecycle') return vi.lifecycle[String(value)] ?? String(value)
  if (name === '_review') {
    const review = typeof value === 'object' ? value as { state: string, note: string } : { state: String(value), note: '' }
    return [vi.states[review.state] ?? review.state, review.note].filter(t => t).join(': ')
  }
  if (name === '_closed') return value === true ? vi.periodClosed : vi.periodOpen
  if (name.startsWith('_distinct')) return value === true ? vi.yes : vi.noWord
  if (name === '_link') return value === null ? vi.apart : refTitle(value, unit, refs)
  return valueText(form, name, value, unit, refs)
}

export function when (iso: string): string {
  const at = new Date(Date.parse(iso) + 7 * 3_600_000).toISOString()
  return `${formatDay(at.slice(0, 10))} ${at.slice(11, 16)}`
}

/** What a register held before an entry of a record's history, the newest last: undefined where nothing was written, or where both stand. */
export function before (history: Schemas['HistoryEntry'][], at: Schemas['HistoryEntry'], field: string): Schemas['HistoryChange'] | undefined {
  const now = at.changes.find(c => c.field === field)
  const earlier = history.slice(0, history.findIndex(h => h.dot === at.dot)).reverse().flatMap(h => h.changes).find(c => c.field === field)
  return earlier?.standing && now?.standing ? undefined : earlier
}

/** The page of what a field refers to. */
export function refPage (kind: string | undefined, at: { unit: string, record: string }): [string, Record<string, string>] {
  if (kind === 'household') return [`ho/${at.unit}/${at.record}`, {}]
  if (kind === 'campaign' && desk.may('getCampaign')) return [`dot-qua/${at.unit}/${at.record}`, {}]
  return ['so', { loai: kind ?? '', muc: `${at.unit}/${at.record}` }]
}

/** What a machine of a person is called. */
export const machineName = (user: string, device: string): string => desk.names.get(user)?.devices?.find(d => d.id === device)?.name ?? ''

/** The columns of each kind's list, by field; what is not a field is named apart. */
export const columns: Record<string, string[]> = {
  household: ['code', 'title', 'category', 'povertyStandard', 'lastGift', 'unit'], gift: ['date', 'title', 'campaign', 'quantity', 'valueVnd', 'signedFor', 'photos', 'unit'],
  house: ['title', 'program', 'work', 'amount', 'status', 'handedOverOn', 'unit'], reception: ['date', 'title', 'class', 'type', 'inCompetence', 'petition', 'unit'],
  petition: ['receivedOn', 'title', 'class', 'status', 'due', 'left', 'unit'], meeting: ['date', 'level', 'title', 'attendance', 'opinions', 'unit'],
  activity: ['date', 'type', 'title', 'reached', 'unit'], campaign: ['title', 'organisation', 'donor', 'from', 'to', 'unit'],
  fund: ['date', 'proofNumber', 'title', 'party', 'direction', 'amountVnd', 'unit'],
}

// Checks what a form holds before it is saved, by the rules that the server sends with its forms.
import type { Fields, Form, FormCondition, FormField, Forms, Ref, Role } from './contract'
import { isDay, addDays } from './days'
import { formatMoney, joined, phoneNumber } from './number'

/** One thing that is wrong. `field` is a path: "date", "members[1].name". */
export interface Fault { code: string, field: string, message: string }

export interface Checked {
  /** What the record holds already; empty for a new one. */
  before: Fields
  /** What the person touched; null clears. */
  set: Fields
  isNew: boolean
  role: Role
  /** Today in Việt Nam; dates may lie one day after it. */
  today: string
}

const earliest = '1945-01-01'

/** All faults of a form, in the order of its fields, one for each field; none when it may be saved. */
export function validate (forms: Forms, form: Form, checked: Checked): Fault[] {
  const found = new Map<string, string>()
  const add = (code: string | undefined, path: string): void => { if (code && !found.has(path)) found.set(path, code) }
  const values: Fields = { ...checked.before, ...checked.set }
  for (const field of form.fields) {
    if (field.name in checked.set) {
      if (field.writers && !field.writers.includes(checked.role)) add('field-forbidden', field.name)
      else for (const [path, code] of faultsOf(field, checked.set[field.name], field.name, checked.today)) add(code, path)
    } else if (checked.isNew && field.required && blank(values[field.name])) add('required', field.name)
  }
  const old = checked.isNew ? new Set<string>() : new Set(ruleFaults(form, checked.before).map(f => f.join()))
  for (const fault of ruleFaults(form, values)) if (!old.has(fault.join())) add(fault[0], fault[1])
  const place = (path: string): number => form.fields.findIndex(f => f.name === path.split('[')[0])
  return [...found].sort((a, b) => place(a[0]) - place(b[0])).map(([field, code]) => ({ code, field, message: sentence(forms, form, code, field) }))
}

/** A value that is there only by its form. */
export function blank (value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '') || (Array.isArray(value) && value.length === 0)
}

function faultsOf (field: FormField, value: unknown, path: string, today: string): [string, string][] {
  if (blank(value)) return field.required ? [[path, 'required']] : []
  if (field.type === 'list') return listFaults(field, value, path, today)
  const code = valueFault(field, value, today)
  return code ? [[path, code]] : []
}

function listFaults (field: FormField, value: unknown, path: string, today: string): [string, string][] {
  if (!Array.isArray(value)) return [[path, 'type']]
  if (value.length > (field.maxItems ?? Infinity)) return [[path, 'too-many']]
  return value.flatMap((item: Fields, i) => (field.items ?? []).flatMap(part => faultsOf(part, item[part.name], `${path}[${i}].${part.name}`, today)))
}

function valueFault (field: FormField, value: unknown, today: string): string | undefined {
  switch (field.type) {
    case 'integer':
    case 'money':
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'type'
      return value < (field.min ?? -Infinity) ? 'too-small' : value > (field.max ?? Infinity) ? 'too-large' : undefined
    case 'boolean': return typeof value === 'boolean' ? undefined : 'type'
    case 'reference': return pointsTo(value) ? (field.local && typeof value === 'object' ? 'reference-unit' : undefined) : 'reference-malformed'
    case 'hashes':
    case 'choices': return itemsFault(field, value)
  }
  return typeof value === 'string' ? textFault(field, value, today) : 'type'
}

function pointsTo (value: unknown): value is Ref {
  const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
  if (typeof value === 'string') return id.test(value)
  const ref = value as { record?: unknown, unit?: unknown }
  return typeof ref.record === 'string' && id.test(ref.record) && typeof ref.unit === 'string'
}

function itemsFault (field: FormField, value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'type'
  if (new Set(value).size < value.length) return 'repeated'
  if (value.length > (field.maxItems ?? Infinity)) return 'too-many'
  if (field.type === 'hashes') return value.every(v => typeof v === 'string' && /^[0-9a-f]{64}$/.test(v)) ? undefined : 'hash-malformed'
  return value.every(v => field.options?.some(o => o.value === v)) ? undefined : 'choice-unknown'
}

function textFault (field: FormField, text: string, today: string): string | undefined {
  switch (field.type) {
    case 'text':
    case 'longText':
      // eslint-disable-next-line no-control-regex
      if (/[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/.test(text)) return 'text-control' // the server takes what breaks a line as a blank or a line break
      return [...text.normalize('NFC')].length > (field.maxLength ?? Infinity) ? 'too-long' : undefined
    case 'date':
      if (!isDay(text)) return 'date-malformed'
      if (text < earliest) return 'date-early'
      return !field.future && text > addDays(today, 1) ? 'date-future' : undefined
    case 'choice': return field.options?.some(o => o.value === text) ? undefined : 'choice-unknown'
    case 'phone': return /^(0([3-9][0-9]{8}|2[0-9]{9})|\+[1-9][0-9]{6,14})$/.test(phoneNumber(text)) ? undefined : 'phone-malformed'
    case 'nationalId': return /^([0-9]{12}|[0-9]{9})$/.test(joined(text)) ? undefined : 'national-id-malformed'
    case 'unit': return /^[A-Za-z0-9-]{1,64}$/.test(text) ? undefined : 'unit-malformed'
  }
  return undefined
}

/** Each rule across fields that values break: its code and its field. */
function ruleFaults (form: Form, values: Fields): [string, string][] {
  const faults: [string, string][] = []
  for (const rule of form.rules ?? []) {
    const [first, second] = rule.fields
    if (rule.relation === 'order') {
      const a = values[first!], b = values[second!]
      if (typeof a === 'string' && typeof b === 'string' && a !== '' && b !== '' && a > b) faults.push(['date-order', second!])
    } else if (rule.relation === 'any') {
      if (rule.fields.every(name => blank(values[name]))) faults.push(['one-of', first!])
    } else if (rule.relation === 'needs' && holds({ field: rule.when!, values: rule.values }, values)) {
      const missing = rule.fields.find(name => blank(values[name]))
      if (missing) faults.push(['required', missing])
    }
  }
  return faults
}

/** Whether a condition shows its field or section. */
export function holds (when: FormCondition | undefined, values: Fields): boolean {
  if (!when) return true
  const value = values[when.field]
  if (blank(value)) return false
  return (when.values ?? []).length === 0 || when.values!.includes(String(value))
}

/** The sections to draw, with their fields; one section where the server sends none. A field with a value is always shown. */
export function sectionsOf (form: Form, values: Fields): { title: string, fields: FormField[], folded: boolean }[] {
  const sections: NonNullable<Form['sections']> = form.sections ?? [{ title: form.label, fields: form.fields.map(f => f.name) }]
  return sections.map(section => ({
    title: section.title,
    folded: section.folded ?? false,
    fields: section.fields.map(name => form.fields.find(f => f.name === name)).filter((f): f is FormField =>
      f !== undefined && (!blank(values[f.name]) || (holds(section.when, values) && holds(f.when, values)))),
  })).filter(section => section.fields.length > 0)
}

/** The fields that must be filled in as things stand. */
export function needed (form: Form, values: Fields): Set<string> {
  const names = new Set(form.fields.filter(f => f.required).map(f => f.name))
  for (const rule of form.rules ?? []) {
    if (rule.relation === 'needs' && holds({ field: rule.when!, values: rule.values }, values)) for (const name of rule.fields) names.add(name)
  }
  return names
}

/** What a new record begins with. */
export function defaults (form: Form, today: string): Fields {
  const set: Fields = {}
  for (const field of form.fields) {
    if (field.default !== undefined && field.default !== null) set[field.name] = field.type === 'date' && field.default === 'today' ? today : field.default
  }
  return set
}

const quoted = (labels: string[]): string => labels.map(label => `“${label}”`).join(', ')

const types: Record<FormField['type'], string> = {
  text: 'chữ', longText: 'chữ', integer: 'số nguyên', money: 'số tiền chẵn đồng, không có số lẻ', boolean: 'có hoặc không', date: 'ngày',
  choice: 'một giá trị trong danh sách', choices: 'những giá trị trong danh sách', reference: 'một bản ghi trong danh sách', phone: 'số điện thoại',
  nationalId: 'số căn cước', unit: 'một đơn vị', list: 'một danh sách', hashes: 'một danh sách ảnh',
}

/** The sentence of a fault, as the server would say it. */
export function sentence (forms: Forms, form: Form, code: string, path: string): string {
  const [, name, index, member] = /^([^[]+)(?:\[(\d+)\]\.(.+))?$/.exec(path) ?? []
  const outer = form.fields.find(f => f.name === name)
  const field = index === undefined ? outer : outer?.items?.find(f => f.name === member)
  const template = forms.messages?.[code]
  if (!field || !outer || template === undefined) return `Mục “${field?.label ?? path}” không hợp lệ.`
  const label = index === undefined ? `“${field.label}”` : `“${field.label}” (${outer.label}, dòng ${Number(index) + 1})`
  const labelOf = (of: string): string => form.fields.find(f => f.name === of)?.label ?? of
  const rule = (relation: string, at: number): string[] => (form.rules ?? []).filter(r => r.relation === relation && r.fields[at] === path)
    .flatMap(r => (relation === 'any' ? r.fields : [r.fields[0]!])).map(labelOf)
  const kinds = (field.references ?? []).map(kind => forms.forms.find(f => f.kind === kind)?.label ?? kind)
  const words: Record<string, string> = {
    label, type: types[field.type], min: formatMoney(field.min ?? 0), max: formatMoney(field.max ?? 0),
    maxLength: formatMoney(field.maxLength ?? 0), maxItems: formatMoney(field.maxItems ?? 0),
    options: quoted((field.options ?? []).map(o => o.label)), kinds: quoted(kinds),
    earlier: quoted(rule('order', 1)), fields: quoted(rule('any', 0)),
  }
  return template.replace(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole)
}

// The sentences under fields, without a word for the person who reads them.
import type { Form, FormField } from '../lib/contract'
import type { Fault } from '../lib/forms'
import { formatMoney } from '../lib/number'
import { more } from './more'

export const plainLabel = (label: string): string => label.replace(/ \((đồng|m²)\)$/, '')

export const idOf = (path: string): string => `f-${path.replace(/\[(\d+)\]\./, '-$1-')}`

export function reworded (fault: Fault, form: Form): string {
  const [, name, , member] = /^([^[]+)(?:\[(\d+)\]\.(.+))?$/.exec(fault.field) ?? []
  const outer = form.fields.find(f => f.name === name)
  const field: FormField | undefined = member === undefined ? outer : outer?.items?.find(f => f.name === member)
  if (!field) return fault.message
  const label = plainLabel(field.label)
  switch (fault.code) {
    case 'required': return more.missing(label)
    case 'one-of': return form.kind === 'gift' ? more.anyGift : fault.message
    case 'phone-malformed': return more.phoneBad
    case 'national-id-malformed': return more.idBad
    case 'date-malformed': return more.realDate(label)
    case 'date-future': return more.futureDate(label)
    case 'too-small':
    case 'too-large': return field.type === 'money' ? more.moneyRange(label, formatMoney(field.min ?? 0), formatMoney(field.max ?? 0)) : fault.message
    case 'op-too-large': return more.tooLong(label)
    case 'type': return field.type === 'money' || field.type === 'integer' ? more.digits(label) : fault.message
  }
  return fault.message
}

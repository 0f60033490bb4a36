// Periods are closed and opened again ledger by ledger, each by an op of its own.
import type { components } from '../lib/contract.gen'
import { periodId } from '../lib/ids'
import type { Write } from '../lib/rows'
import { desk } from './desk.svelte'

export type Period = components['schemas']['ReportPeriod']
export type Turn = 'close' | 'reopen'

/** The ledgers that an act is for, those alone that are written at this desk. */
export const ledgersFor = (p: Period, turn: Turn): Period['openIn'] => (turn === 'close' ? p.openIn : p.closedIn).filter(u => desk.units.some(own => own.unit === u.unit))

export const mayTurn = (): boolean => desk.may('pushBatch') && desk.may('listPeriods') && ['reviewer', 'approver'].includes(desk.role)

export async function periodOf (unit: string, of: { template: string, type: string, from: string }): Promise<Period | undefined> {
  const { periods } = await desk.get<{ periods: Period[] }>('/v1/periods', { unit })
  return periods.find(p => p.template === of.template && p.type === of.type && p.from === of.from)
}

/** Closes a period, or opens it again, in some ledgers. Returns what was refused, by unit. */
export async function turnPeriod (p: Period, turn: Turn, ledgers: Period['openIn']): Promise<Map<string, string>> {
  const writes: Write[] = await Promise.all(ledgers.map(async u => ({
    unit: u.unit, record: await periodId(u.unit, p.from, p.to), kind: 'period', action: turn, base: u.seq, period: `${p.from}/${p.to}`,
  })))
  const refused = await desk.decide(writes)
  return new Map(writes.filter(w => refused.has(w.record)).map(w => [w.unit, refused.get(w.record)!]))
}

// The real server, for tests of the phone's library against it.
import { afterAll, beforeAll } from 'vitest'
import { newId } from '../../lib/ids'
import { save } from '../../lib/outbox'
import { password, Server } from '../server.mjs'
import type { Phone } from './phone'

export { password, Server }

/** A server for the tests of one file. It is there once they run. */
export function ownServer (): () => Server {
  let server: Server | undefined
  beforeAll(async () => { server = await Server.start() })
  afterAll(async () => { await server?.stop() })
  return () => server!
}

/** The fields of an invented household. */
export const household = (n: number): Record<string, unknown> => ({ code: `H${n}`, headName: `Hộ mẫu ${n}`, category: 'poor' })

/** Writes a new household, and returns its id. */
export async function addHousehold (phone: Phone, unit: string, n: number): Promise<string> {
  const id = newId(Date.now())
  await save(phone.book, { unit, kind: 'household', record: id, action: 'edit', set: household(n) })
  return id
}

/** What a phone holds of a unit's records, by their ids. */
export async function recordsOf (phone: Phone, unit: string): Promise<Map<string, unknown>> {
  const all = await phone.book.db.getAll('records', IDBKeyRange.bound([unit], [unit, []]))
  return new Map(all.map(r => [r.id, { fields: r.fields, state: r.state, seq: r.seq, conflicts: r.conflicts }]))
}

/** Copies the database of a server, which is away meanwhile. */
export async function backUp (server: Server): Promise<string> {
  await server.down()
  const saved = server.backup()
  await server.up()
  return saved
}

/** Puts a copy back in place of a server's database. */
export async function restore (server: Server, saved: string): Promise<void> {
  await server.down()
  server.restore(saved)
  await server.up()
}

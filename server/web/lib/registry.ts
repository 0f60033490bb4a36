// Who is registered on this phone. Each person has a database of their own; a list of them stands beside.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Caller, Device } from './contract'
import { browserEnv, type Env } from './env'
import type { PinState } from './pin'

export interface Person {
  user: string
  username: string
  name: string
  title?: string
  role: Caller['role']
  device: Device
  lastUsed: string
  hasPin: boolean
}

export interface PersonRow extends Omit<Person, 'hasPin'> { pin?: PinState }

interface Schema extends DBSchema { persons: { key: string, value: PersonRow } }

async function registry (env: Env): Promise<IDBPDatabase<Schema>> {
  return await openDB<Schema>(`${env.prefix}-people`, 1, {
    upgrade (db) { db.createObjectStore('persons', { keyPath: 'user' }) },
    blocking (_now, _next, event) { (event.target as IDBDatabase).close() },
  })
}

export async function withRegistry<T> (env: Env, run: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
  const db = await registry(env)
  try {
    return await run(db)
  } finally {
    db.close()
  }
}

/** The persons of this phone, the last one first. Needs no network. */
export async function listPersons (env: Env = browserEnv): Promise<Person[]> {
  const rows = await withRegistry(env, async db => await db.getAll('persons'))
  return rows.sort((a, b) => (a.lastUsed < b.lastUsed ? 1 : -1)).map(({ pin, ...row }) => ({ ...row, hasPin: pin !== undefined }))
}

/** Notes that a person has opened their records here. */
export async function noteUsed (user: string, env: Env = browserEnv): Promise<void> {
  await withRegistry(env, async db => {
    const row = await db.get('persons', user)
    if (row) await db.put('persons', { ...row, lastUsed: new Date(env.now()).toISOString() })
  })
}

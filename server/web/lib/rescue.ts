// The last resort when an app cannot open its records: everything that is readable, in one file.
import { openDB } from 'idb'
import { gzip } from './gzip'
import { browserEnv, type Env } from './env'

/** Reads what can be read of a person's database, store by store, and leaves out what cannot. Tokens are not in it. */
export async function exportAll (user: string, env: Env = browserEnv): Promise<Uint8Array<ArrayBuffer>> {
  const db = await openDB(`${env.prefix}-${user}`)
  const all: Record<string, unknown> = { sothon: 'rescue/1', user, madeAt: new Date(env.now()).toISOString() }
  try {
    for (const name of ['ops', 'drafts', 'units', 'records', 'photos', 'receipts']) {
      try {
        const rows = await db.getAll(name) as Record<string, unknown>[]
        all[name] = name === 'photos' ? rows.map(({ thumb: _, ...row }) => row) : rows
      } catch (error) {
        all[name] = String(error)
      }
    }
  } finally {
    db.close()
  }
  const text = JSON.stringify(all)
  return await gzip(text) ?? new TextEncoder().encode(text)
}

// The last resort when an app cannot open its records: what is readable, in one file.
import { Book } from './book'
import { makeCarry } from './carry'
import { browserEnv, type Env } from './env'
import { gzip } from './gzip'

export interface Rescued { name: string, file: Blob }

/**
 * Saves what is unsent as a carry file, which a neighbour's phone or the desk can send. Where that cannot be made, or
 * nothing is unsent, the file holds all that can be read.
 */
export async function rescue (user: string, env: Env = browserEnv): Promise<Rescued> {
  const book = await Book.openAnyVersion(user, env)
  try {
    await book.reload()
    const carry = await makeCarry(book, { photos: true })
    if (carry.ops > 0) return carry
  } catch { /* what it needs cannot be read */ } finally { book.close() }
  return { name: `so-thon_${new Date(env.now()).toISOString().slice(0, 10)}.sothon-cuu`, file: new Blob([await exportAll(user, env)]) }
}

/** Reads what can be read of a person's database, store by store, and leaves out what cannot. Tokens are not in it. */
export async function exportAll (user: string, env: Env = browserEnv): Promise<Uint8Array<ArrayBuffer>> {
  const { db } = await Book.openAnyVersion(user, env)
  const all: Record<string, unknown> = { sothon: 'rescue/1', user, madeAt: new Date(env.now()).toISOString() }
  try {
    for (const name of ['ops', 'drafts', 'units', 'records', 'photos', 'receipts'] as const) {
      try {
        const rows = await db.getAll(name) as object[]
        all[name] = name === 'photos' ? rows.map(row => ({ ...row, thumb: undefined })) : rows
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

// The last resort when an app cannot open its records: what is readable, in files.
import { toBase64url } from './base64'
import { Book } from './book'
import { CarrySizeError, makeCarry, type CarryMade } from './carry'
import { browserEnv, type Env } from './env'
import { gzip } from './gzip'
import type { PhotoRow } from './rows'
import { countUnsent, listRejected } from './unsent'

/** A file; lacks: something in the database could not be read. */
export interface Rescued { name: string, file: Blob, lacks: boolean }

/**
 * Saves what is unsent as a carry file, which a neighbour's phone or the desk can send. Where that cannot be made or
 * does not hold all, or nothing is unsent, another file holds all that can be read.
 */
export async function rescue (user: string, env: Env = browserEnv): Promise<Rescued[]> {
  const files: Rescued[] = []
  const book = await Book.openAnyVersion(user, env)
  try {
    await book.reload()
    const carry = await makeCarry(book, { photos: true }).catch(async error => {
      if (error instanceof CarrySizeError) return await makeCarry(book) // what goes along once more for photos is too much
      throw error
    })
    if (carry.ops > 0) {
      files.push({ ...carry, lacks: false })
      if (await holdsAll(book, carry)) return files
    }
  } catch { /* what it needs cannot be read */ } finally { book.close() }
  const { bytes, lacks } = await exportAll(user, env)
  files.push({ name: `so-thon_${new Date(env.now()).toISOString().slice(0, 10)}.sothon-cuu`, file: new Blob([bytes]), lacks })
  return files
}

/** Rejected ops are in no carry file, nor are photos beyond its size. */
async function holdsAll (book: Book, carry: CarryMade): Promise<boolean> {
  return carry.photos === (await countUnsent(book)).photos && (await listRejected(book)).length === 0
}

/** Reads what can be read of a person's database, store by store, and leaves out what cannot. Tokens are not in it. */
export async function exportAll (user: string, env: Env = browserEnv): Promise<{ bytes: Uint8Array<ArrayBuffer>, lacks: boolean }> {
  const { db } = await Book.openAnyVersion(user, env)
  const photoBytes: Record<string, string> = {}
  const all: Record<string, unknown> = { sothon: 'rescue/1', user, madeAt: new Date(env.now()).toISOString(), photoBytes }
  let lacks = false
  try {
    for (const name of ['ops', 'drafts', 'units', 'records', 'photos', 'receipts'] as const) {
      try {
        const rows = all[name] = await db.getAll(name) as object[]
        if (name === 'photos') for (const photo of rows as PhotoRow[]) {
          delete photo.thumb
          if (photo.state === 'sent') continue // the server has it
          const bytes = await db.get('photoBytes', photo.hash).catch(() => { lacks = true })
          if (bytes) photoBytes[photo.hash] = toBase64url(bytes)
        }
      } catch (error) {
        all[name] ??= String(error)
        lacks = true
      }
    }
  } finally {
    db.close()
  }
  const text = JSON.stringify(all)
  return { bytes: await gzip(text) ?? new TextEncoder().encode(text), lacks }
}

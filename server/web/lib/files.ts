// Photos: kept before anything else, sent after the text, resumed after a cut or a kill (tus 1.0 over fetch).
import type { Book } from './book'
import { change } from './db'
import { sha256 } from './ids'
import { refreshRows } from './lines'
import { ApiError } from './problem'
import type { PhotoRow } from './rows'

const piece = 65_536
const tus = { 'Tus-Resumable': '1.0.0' }

/** Stores a photo that was taken for a form; it is sent once an op that names it has been. */
export async function keepPhoto (book: Book, photo: { unit: string, bytes: Uint8Array, type: string, thumb?: Uint8Array }): Promise<PhotoRow> {
  const hash = await sha256(photo.bytes)
  return await change(book.db, async tx => {
    const before = await tx.objectStore('photos').get(hash)
    await tx.objectStore('photoBytes').put(photo.bytes, hash)
    if (before) return before
    const row: PhotoRow = {
      hash, unit: photo.unit, type: photo.type, size: photo.bytes.length, addedAt: book.stamp(), state: 'draft', offset: 0,
      ...(photo.thumb ? { thumb: photo.thumb } : {}),
    }
    await tx.objectStore('photos').put(row)
    return row
  })
}

/** A photo's bytes: from this phone, else from the server; undefined where neither has them. */
export async function photoBytes (book: Book, hash: string, size?: 320): Promise<Uint8Array | undefined> {
  const kept = await book.db.get('photoBytes', hash)
  if (kept) return kept
  try {
    const answer = await book.api.send('GET', `/v1/files/${hash}${size ? `?size=${size}` : ''}`)
    return new Uint8Array(await answer.arrayBuffer())
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** Drops a photo that is in no saved op. */
export async function dropPhoto (book: Book, hash: string): Promise<void> {
  await change(book.db, async tx => {
    if ((await tx.objectStore('photos').get(hash))?.state !== 'draft') return
    await tx.objectStore('photos').delete(hash)
    await tx.objectStore('photoBytes').delete(hash)
  })
}

export async function listPhotos (book: Book, state?: PhotoRow['state']): Promise<PhotoRow[]> {
  return state ? await book.db.getAllFromIndex('photos', 'state', state) : await book.db.getAll('photos')
}

/** Orders photos from the oldest on; those of one moment stay as they are. */
export const byAge = (a: PhotoRow, b: PhotoRow): number => Number(a.addedAt > b.addedAt) - Number(a.addedAt < b.addedAt)

/** Sends the photos that wait, one by one. The caller holds the send lock, and has sent the text. */
export async function sendPhotos (book: Book): Promise<void> {
  if (book.me?.server && !book.me.server.features.includes('files')) return
  if (((await book.get('net'))?.photosUntil ?? 0) > book.env.now()) return
  const waiting = (await listPhotos(book, 'waiting')).sort(byAge)
  const total = waiting.reduce((sum, photo) => sum + photo.size, 0)
  let before = 0
  for (const [at, photo] of waiting.entries()) {
    try {
      await sendPhoto(book, photo, offset => { book.progress({ what: 'photos', unit: photo.unit, done: before + offset, total, i: at + 1, n: waiting.length }) })
      before += photo.size
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status === 404) continue // its unit is another's now: it waits for a file, and holds up no other
      if (error.status === 429) { // the photos of today are used up: text goes on
        await book.setNet({ photosUntil: book.env.now() + (error.retryAfter ?? 600) * 1000 })
        return
      }
      if (error.code === 'file-checksum' && !photo.again) await note(book, photo, { url: undefined, offset: 0, again: true })
      else if (error.status === 413 || error.status === 422 || error.status === 400) await refuse(book, photo, error)
      else throw error
    }
  }
}

async function sendPhoto (book: Book, photo: PhotoRow, sent: (offset: number) => void): Promise<void> {
  const bytes = await book.db.get('photoBytes', photo.hash)
  if (!bytes) {
    await refuse(book, photo, undefined)
    return
  }
  // Kept before it goes on: a kill from here on goes on with this upload.
  await upload(book, photo, bytes, async at => { await note(book, photo, at) }, sent, async () => await book.api.unsentHeader({ photos: 1 }))
  await done(book, photo)
}

/** How far an upload has come. */
export interface Upload { url: string, offset: number }

/** What is sent to the server about a photo; url is that of an upload already begun. */
export interface Picture { hash: string, unit: string, type: string, size: number, url?: string | undefined }

/** Sends a photo in pieces, goes on with an upload that was begun, and keeps how far it has come. The last piece also carries the headers of last. */
export async function upload (book: Book, picture: Picture, bytes: Uint8Array, keep: (at: Upload) => Promise<void>, sent: (offset: number) => void, last: () => Promise<Record<string, string>> = async () => ({})): Promise<void> {
  let at = picture.url === undefined ? await create(book, picture) : await resume(book, picture, picture.url)
  await keep(at)
  while (at.offset < bytes.length) {
    sent(at.offset)
    const offset = await patch(book, at.url, at.offset, bytes.subarray(at.offset, at.offset + piece), at.offset + piece >= bytes.length ? await last() : {})
    at = offset === undefined ? await resume(book, picture, at.url) : { url: at.url, offset }
    await keep(at)
  }
  sent(at.offset)
}

async function create (book: Book, picture: Picture): Promise<Upload> {
  const meta = Object.entries({ sha256: picture.hash, type: picture.type, unit: picture.unit }).map(([key, value]) => `${key} ${btoa(value)}`).join(',')
  const answer = await book.api.send('POST', '/v1/files', { headers: { ...tus, 'Upload-Length': String(picture.size), 'Upload-Metadata': meta } })
  return { url: pathOf(answer.headers.get('Location') ?? ''), offset: Number(answer.headers.get('Upload-Offset') ?? 0) }
}

/** Asks how much the server has; an upload that it does not know any more begins again. */
async function resume (book: Book, picture: Picture, url: string): Promise<Upload> {
  try {
    const answer = await book.api.send('HEAD', url, { headers: tus })
    return { url, offset: Number(answer.headers.get('Upload-Offset') ?? 0) }
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 410)) throw error
    return await create(book, picture)
  }
}

/** Sends one piece; undefined where the server has another offset. */
async function patch (book: Book, url: string, offset: number, bytes: Uint8Array, more: Record<string, string>): Promise<number | undefined> {
  try {
    const answer = await book.api.send('PATCH', url, {
      body: bytes as Uint8Array<ArrayBuffer>,
      headers: { ...tus, 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream', ...more },
    })
    return Number(answer.headers.get('Upload-Offset') ?? offset + bytes.length)
  } catch (error) {
    if (error instanceof ApiError && (error.status === 409 || error.status === 404 || error.status === 410)) return undefined
    throw error
  }
}

/** Only the path: an upload's address must be this server's. */
function pathOf (location: string): string {
  const url = new URL(location, 'http://server.invalid')
  return url.pathname + url.search
}

async function done (book: Book, photo: PhotoRow): Promise<void> {
  await note(book, photo, { state: 'sent', offset: photo.size, sentAt: book.stamp() })
  book.changed()
}

async function refuse (book: Book, photo: PhotoRow, error: ApiError | undefined): Promise<void> {
  await note(book, photo, { state: 'refused', refused: { code: error?.code ?? 'bytes-lost', message: error?.problem.message ?? 'Ảnh không còn trong máy.' } })
  book.changed()
}

/** Notes what became of a photo. One that an undo has taken back meanwhile is a draft's, or gone: it stays so. */
async function note (book: Book, { hash, unit }: PhotoRow, more: Partial<PhotoRow>): Promise<void> {
  await change(book.db, async tx => {
    const row = await tx.objectStore('photos').get(hash)
    if (row?.state !== 'waiting' || row.unit !== unit) return
    await tx.objectStore('photos').put({ ...row, ...more })
    if (more.state) await refreshRows(tx, book.context, unit, await namedIn(tx, row))
  })
}

type Change = Parameters<Parameters<typeof change>[1]>[0]

async function namedIn (tx: Change, photo: PhotoRow): Promise<string[]> {
  const ops = await tx.objectStore('ops').getAll(IDBKeyRange.bound([photo.unit], [photo.unit, []]))
  return ops.filter(row => JSON.stringify(row.op.set ?? null).includes(photo.hash)).map(row => row.record)
}

// Unsent work in a file that somebody else's phone or the commune can send. Nothing is doubled when both arrive.
import { fromBase64url, toBase64url } from './base64'
import type { Book } from './book'
import type { Op, Problem, PushResponse } from './contract'
import { change } from './db'
import { deviceKey, publicKey } from './devicekey'
import { byAge, listPhotos, upload, type Picture } from './files'
import { foldText } from './fold'
import { gunzip, gzip } from './gzip'
import { sha256 } from './ids'
import { inOrder } from './lines'
import { withLock } from './locks'
import { ApiError } from './problem'
import type { Head, OpRow, PhotoRow } from './rows'
import { listUnsent } from './unsent'

/** What the server reads of a carry file at most: as it is, and decompressed. */
const maxPacked = 2 * 1024 * 1024, maxBytes = 8 * 1024 * 1024
/** What a file has of photos at most. */
const maxPhotos = 200, maxPhotoBytes = 32 * 1024 * 1024, maxPhoto = 1024 * 1024, maxIndex = 64 * 1024
/** Ends a file with photos, behind the length of their index. */
const ending = new TextEncoder().encode('SoThonP1'), endBytes = 4 + ending.length
const signing = { name: 'ECDSA', hash: 'SHA-256' }

export interface CarryPart { unit: string, unitName: string, from: number, head?: Head, ops: Op[] }

/** What a carry file says, once its signature has been found to be right. */
export interface CarryContents {
  user: string
  userName: string
  device: string
  epoch: number
  madeAt: string
  parts: CarryPart[]
}

interface Envelope { sothon: 'carry/1', payload: string, signature: string, key: string }

/** The file was changed on the way, or is none of ours. */
export class CarryError extends Error {
  constructor (why: string, options?: ErrorOptions) { super(why, options); this.name = 'CarryError' }
}

/** The file would be larger than the server takes. */
export class CarrySizeError extends CarryError {
  constructor () { super('the file would be larger than the server takes') }
}

export interface CarryMade {
  name: string
  file: Blob
  ops: number
  photos: number
  /** Photos that the file has no room for. */
  left: number
}

/**
 * Makes the file of all that is unsent, with the photos that wait where they are asked for. The ops stay in this
 * phone, and count as tried: others may have them now.
 */
export async function makeCarry (book: Book, { units, photos = false }: { units?: string[], photos?: boolean } = {}): Promise<CarryMade> {
  const contents = await withLock(book.sendLock, async () => await gatherParts(book, units, photos))
  const pair = await deviceKey(book.env)
  const payload = new TextEncoder().encode(JSON.stringify(contents))
  const signature = new Uint8Array(await crypto.subtle.sign(signing, pair.privateKey, payload))
  const envelope: Envelope = {
    sothon: 'carry/1', payload: toBase64url(payload), signature: toBase64url(signature), key: await publicKey(book.env),
  }
  const text = JSON.stringify(envelope)
  if (text.length > maxBytes) throw new CarrySizeError()
  const bytes = await gzip(text)
  if (!bytes) throw new CarryError('this browser cannot compress')
  if (bytes.length > maxPacked) throw new CarrySizeError()
  const ops = contents.parts.reduce((n, part) => n + part.ops.length, 0)
  const place = foldText(contents.parts[0]?.unitName ?? '').replaceAll(' ', '-')
  const name = `so-thon_${place}_${book.today()}_${ops}-muc.sothon`
  const wanted = photos ? namedIn(contents.parts, await listPhotos(book, 'waiting')).sort(byAge) : []
  if (wanted.length === 0) return { name, file: new Blob([bytes]), ops, photos: 0, left: 0 }
  const { parts, index } = await gatherPhotos(book, wanted)
  const tail = new TextEncoder().encode(JSON.stringify({ sothon: 'carry-photos/1', ops: bytes.length, photos: index }))
  const length = new DataView(new ArrayBuffer(4))
  length.setUint32(0, tail.length)
  return { name, file: new Blob([bytes, ...parts, tail, length.buffer, ending]), ops, photos: index.length, left: wanted.length - index.length }
}

/** The photos that wait and that a file can hold, for a screen that offers to take them along. */
export async function listCarryPhotos (book: Book): Promise<PhotoRow[]> {
  const parts = [...await carriedOps(book, true)].map(([unit, rows]) => ({ unit, ops: rows.map(row => row.op) }))
  return namedIn(parts, await listPhotos(book, 'waiting')).sort(byAge)
}

/**
 * The ops of a file: what is unsent in each unit. Only what they name is a photo of the file, so that ops which have
 * arrived go along once more for their photos, with all behind them: the counters of a part have no gap, and are of
 * the file's epoch.
 */
async function carriedOps (book: Book, photos: boolean): Promise<Map<string, OpRow[]>> {
  const parts = new Map<string, OpRow[]>()
  for (const row of await listUnsent(book)) parts.set(row.unit, [...(parts.get(row.unit) ?? []), row])
  if (!photos) return parts
  const waiting = await listPhotos(book, 'waiting')
  for (const { unit, series } of await book.db.getAll('units')) {
    const unsent = parts.get(unit) ?? []
    const named = hashesOf(unsent.map(row => row.op))
    const missing = new Set(waiting.filter(photo => photo.unit === unit && !named.has(photo.hash)).map(photo => photo.hash))
    if (missing.size === 0) continue
    let run: OpRow[] = []
    for (const row of (await book.db.getAll('ops', IDBKeyRange.bound([unit, series], [unit, series, []]))).sort(inOrder)) {
      if (run.length > 0 && run.at(-1)!.n + 1 !== row.n) run = []
      if (run.length > 0 || row.waiting === 1 || [...hashesOf([row.op])].some(hash => missing.has(hash))) run.push(row)
    }
    const ids = new Set(run.map(row => row.id))
    if (run.length > 0 && unsent.every(row => ids.has(row.id))) parts.set(unit, run)
  }
  return parts
}

function hashesOf (ops: Op[]): Set<string> {
  return new Set(ops.flatMap(op => JSON.stringify(op.set ?? null).match(/(?<=")[0-9a-f]{64}(?=")/g) ?? []))
}

/** Each photo becomes a Blob of its own, which the browser may keep on the disk: one at a time is in memory. */
async function gatherPhotos (book: Book, wanted: PhotoRow[]): Promise<{ parts: Blob[], index: Picture[] }> {
  const parts: Blob[] = [], index: Picture[] = []
  let total = 0
  for (const { hash, unit, type } of wanted) {
    const bytes = await book.db.get('photoBytes', hash)
    if (!bytes) continue
    if (index.length === maxPhotos || total + bytes.length > maxPhotoBytes) break
    total += bytes.length
    parts.push(new Blob([bytes as Uint8Array<ArrayBuffer>]))
    index.push({ hash, unit, type, size: bytes.length })
  }
  return { parts, index }
}

async function gatherParts (book: Book, units: string[] | undefined, photos: boolean): Promise<CarryContents> {
  const device = await book.get('device')
  let parts: [string, OpRow[]][]
  do parts = [...await carriedOps(book, photos)].filter(([unit]) => !units || units.includes(unit))
  while (!await markTried(book, parts.flatMap(([, ops]) => ops))) // one was taken back meanwhile
  const rows = await book.db.getAll('units')
  return {
    user: book.user, userName: book.me?.user.name ?? '', device: device?.id ?? '', epoch: device?.epoch ?? 1, madeAt: book.stamp(),
    parts: parts.map(([unit, ops]) => {
      const row = rows.find(r => r.unit === unit)
      return { unit, unitName: row?.name ?? unit, from: ops[0]!.n, ...(row?.cursor ? { head: row.cursor } : {}), ops: ops.map(r => r.op) }
    }),
  }
}

/** False, and nothing is marked, where one of them is not in the outbox any more, or under another counter. */
async function markTried (book: Book, rows: OpRow[]): Promise<boolean> {
  return await change(book.db, async tx => {
    const ops = tx.objectStore('ops')
    const now = await Promise.all(rows.map(async row => await ops.get([row.unit, row.series, row.n])))
    if (now.some((row, i) => row?.id !== rows[i]!.id)) return false
    for (const row of now) if (row && !row.tried) await ops.put({ ...row, tried: true })
    return true
  })
}

export interface CarryPhoto extends Picture {
  /** Where it begins in the file. */
  at: number
  /** What became of it, once it was brought. */
  state?: 'sent' | 'refused'
}

/** A file that was opened. Its photos are read when they are sent, one by one. */
export interface CarryFile { contents: CarryContents, photos: CarryPhoto[], ops: Uint8Array<ArrayBuffer>, file: Blob }

const bytesOf = async (blob: Blob): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await blob.arrayBuffer())

/** Reads a file and checks its signature. Whether the key is one that the server knows, only the server can say. */
export async function readCarry (file: Blob): Promise<CarryFile> {
  try {
    const index = await readIndex(file)
    const ops = index?.ops ?? file.size
    if (ops > maxPacked) throw new CarryError('more than the server takes')
    const packed = await bytesOf(file.slice(0, ops))
    const envelope = JSON.parse(new TextDecoder().decode(await gunzip(packed, maxBytes))) as Envelope
    if (envelope.sothon !== 'carry/1') throw new CarryError('not a carry file of a version that is known')
    const payload = fromBase64url(envelope.payload)
    const key = await crypto.subtle.importKey('spki', fromBase64url(envelope.key), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
    if (!await crypto.subtle.verify(signing, key, fromBase64url(envelope.signature), payload)) throw new CarryError('the signature does not fit')
    const contents = JSON.parse(new TextDecoder().decode(payload)) as CarryContents
    return { contents, photos: namedIn(contents.parts, index?.photos ?? []), ops: packed, file }
  } catch (error) {
    if (error instanceof CarryError) throw error
    throw new CarryError('not a carry file', { cause: error })
  }
}

/** The index of the photos; undefined in a file that has none. */
async function readIndex (file: Blob): Promise<{ ops: number, photos: CarryPhoto[] } | undefined> {
  const end = await bytesOf(file.slice(Math.max(0, file.size - endBytes)))
  if (end.length < endBytes || ending.some((byte, i) => end[4 + i] !== byte)) return undefined
  const length = new DataView(end.buffer).getUint32(0)
  const last = file.size - endBytes - length
  if (length > maxIndex || last < 0) throw new CarryError('an index that is too large')
  const index = JSON.parse(await file.slice(last, last + length).text()) as { sothon: string, ops: number, photos: CarryPhoto[] }
  if (index.sothon !== 'carry-photos/1' || !Number.isSafeInteger(index.ops) || index.ops < 0 || index.photos.length > maxPhotos) throw new CarryError('an index that is not known')
  let at = index.ops
  const photos = index.photos.map(({ hash, unit, type, size }) => {
    if (!Number.isSafeInteger(size) || size <= 0 || size > maxPhoto) throw new CarryError('a photo of a wrong size')
    const photo = { hash, unit, type, size, at }
    at += size
    return photo
  })
  if (at !== last || at - index.ops > maxPhotoBytes) throw new CarryError('photos that do not fill the file')
  return { ops: index.ops, photos }
}

/** Only what the signed ops name is a photo of this file; in the order in which they name it. */
function namedIn<T extends { hash: string, unit: string }> (parts: Pick<CarryPart, 'unit' | 'ops'>[], photos: T[]): T[] {
  const all = new Map(photos.map(photo => [`${photo.unit} ${photo.hash}`, photo]))
  return parts.flatMap(part => [...hashesOf(part.ops)].flatMap(hash => all.get(`${part.unit} ${hash}`) ?? []))
}

export interface CarryAnswer { parts: { unit: string, result: PushResponse | Problem }[] }

/** Sends the ops of somebody's file to the server, for them. */
export async function sendCarry (book: Book, carry: CarryFile): Promise<CarryAnswer> {
  return await book.api.json<CarryAnswer>('POST', '/v1/carry', { body: carry.ops, headers: { 'Content-Type': 'application/octet-stream' } })
}

/**
 * Sends the photos of somebody's file, after its ops. What breaks off goes on where it was when this is called again
 * with the same file.
 */
export async function bringPhotos (book: Book, carry: CarryFile, told: (i: number) => void = () => {}): Promise<void> {
  for (const [i, photo] of carry.photos.entries()) {
    if (photo.state) continue
    told(i + 1)
    const bytes = await bytesOf(carry.file.slice(photo.at, photo.at + photo.size))
    if (await sha256(bytes) !== photo.hash) { // changed on the way
      photo.state = 'refused'
      continue
    }
    try {
      await upload(book, photo, bytes, async ({ url }) => { photo.url = url }, () => {})
      photo.state = 'sent'
    } catch (error) {
      if (!(error instanceof ApiError) || ![400, 404, 413, 422].includes(error.status)) throw error
      photo.state = 'refused' // the others go on
    }
  }
}

/** How many ops of an answer the server has, and how many it put aside or refused. */
export function countCarried (answer: CarryAnswer): { taken: number, rejected: number, refused: Problem[] } {
  const refused: Problem[] = []
  let taken = 0, rejected = 0
  for (const { result } of answer.parts) {
    if ('results' in result) {
      taken += result.results.filter(r => r.status !== 'rejected').length
      rejected += result.results.filter(r => r.status === 'rejected').length
    } else refused.push(result)
  }
  return { taken, rejected, refused }
}

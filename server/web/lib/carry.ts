// Unsent work in a file that somebody else's phone or the commune can send. Nothing is doubled when both arrive.
import { fromBase64url, toBase64url } from './base64'
import type { Book } from './book'
import type { Op, Problem, PushResponse } from './contract'
import { change } from './db'
import { deviceKey, publicKey } from './devicekey'
import { foldText } from './fold'
import { gunzip, gzip } from './gzip'
import { withLock } from './locks'
import type { Head, OpRow } from './rows'
import { listUnsent } from './unsent'

/** A carry file, decompressed, is not larger; the server reads no larger one. */
const maxBytes = 8 * 1024 * 1024
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

/** Makes the file of all that is unsent. The ops stay in this phone, and count as tried: others may have them now. */
export async function makeCarry (book: Book, units?: string[]): Promise<{ name: string, bytes: Uint8Array<ArrayBuffer>, ops: number }> {
  const contents = await withLock(book.sendLock, async () => await gatherParts(book, units))
  const pair = await deviceKey(book.env)
  const payload = new TextEncoder().encode(JSON.stringify(contents))
  const signature = new Uint8Array(await crypto.subtle.sign(signing, pair.privateKey, payload))
  const envelope: Envelope = {
    sothon: 'carry/1', payload: toBase64url(payload), signature: toBase64url(signature), key: await publicKey(book.env),
  }
  const text = JSON.stringify(envelope)
  if (text.length > maxBytes) throw new CarryError('the file would be larger than the server takes')
  const bytes = await gzip(text)
  if (!bytes) throw new CarryError('this browser cannot compress')
  const ops = contents.parts.reduce((n, part) => n + part.ops.length, 0)
  const place = foldText(contents.parts[0]?.unitName ?? '').replaceAll(' ', '-')
  return { name: `so-thon_${place}_${book.today()}_${ops}-muc.sothon`, bytes, ops }
}

async function gatherParts (book: Book, units: string[] | undefined): Promise<CarryContents> {
  const device = await book.get('device')
  const waiting = (await listUnsent(book)).filter(row => !units || units.includes(row.unit))
  const parts = new Map<string, OpRow[]>()
  for (const row of waiting) parts.set(row.unit, [...(parts.get(row.unit) ?? []), row])
  await change(book.db, async tx => {
    for (const row of waiting) if (!row.tried) await tx.objectStore('ops').put({ ...row, tried: true })
  })
  const rows = await book.db.getAll('units')
  return {
    user: book.user, userName: book.me?.user.name ?? '', device: device?.id ?? '', epoch: device?.epoch ?? 1, madeAt: book.stamp(),
    parts: [...parts].map(([unit, ops]) => {
      const row = rows.find(r => r.unit === unit)
      return { unit, unitName: row?.name ?? unit, from: ops[0]!.n, ...(row?.cursor ? { head: row.cursor } : {}), ops: ops.map(r => r.op) }
    }),
  }
}

/** Reads a file and checks its signature. Whether the key is one that the server knows, only the server can say. */
export async function readCarry (bytes: Uint8Array): Promise<CarryContents> {
  try {
    const envelope = JSON.parse(new TextDecoder().decode(await gunzip(bytes, maxBytes))) as Envelope
    if (envelope.sothon !== 'carry/1') throw new CarryError('not a carry file of a version that is known')
    const payload = fromBase64url(envelope.payload)
    const key = await crypto.subtle.importKey('spki', fromBase64url(envelope.key), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
    if (!await crypto.subtle.verify(signing, key, fromBase64url(envelope.signature), payload)) throw new CarryError('the signature does not fit')
    return JSON.parse(new TextDecoder().decode(payload)) as CarryContents
  } catch (error) {
    if (error instanceof CarryError) throw error
    throw new CarryError('not a carry file', { cause: error })
  }
}

export interface CarryAnswer { parts: { unit: string, result: PushResponse | Problem }[] }

/** Sends somebody's file to the server, for them. */
export async function sendCarry (book: Book, bytes: Uint8Array): Promise<CarryAnswer> {
  return await book.api.json<CarryAnswer>('POST', '/v1/carry', {
    body: bytes as Uint8Array<ArrayBuffer>, headers: { 'Content-Type': 'application/octet-stream' },
  })
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

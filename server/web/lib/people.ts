// Signing in and out, and the screen lock.
import { Api, signedOut } from './api'
import { Book } from './book'
import type { Device, Session } from './contract'
import { publicKey } from './devicekey'
import { browserEnv, type Env } from './env'
import { withLock } from './locks'
import { makePin, tryPin } from './pin'
import { ApiError } from './problem'
import { beginSeries } from './recovery'
import { listPersons, withRegistry, type Person, type PersonRow } from './registry'
import { countUnsent } from './unsent'

/** Signing out is refused while something is unsent. */
export class UnsentError extends Error {
  constructor (readonly n: number, readonly photos: number) { super(`unsent: ${n}, photos: ${photos}`); this.name = 'UnsentError' }
}

interface DeviceNames { deviceName: string, platform: string }

/** Signs in by password, for the first time on this phone or again. Throws ApiError with a sentence to show. */
export async function signIn (who: { username: string, password: string } & DeviceNames, env: Env = browserEnv): Promise<Person> {
  const before = (await listPersons(env)).find(p => p.username === who.username)
  return await begin('/v1/sessions', { username: who.username, password: who.password }, who, before, env)
}

/** Registers this phone by the code of 8 digits that the commune gave out. */
export async function enrol (who: { code: string } & DeviceNames, env: Env = browserEnv): Promise<Person> {
  return await begin('/v1/enrolments', { code: who.code.replace(/\D/g, '') }, who, undefined, env)
}

/** Signs in again after the session has ended; what is unsent stays, under new counters where that is needed. */
export async function renew (book: Book, password: string): Promise<Person> {
  const before = (await listPersons(book.env)).find(p => p.user === book.user)
  if (!before) throw signedOut()
  return await begin('/v1/sessions', { username: before.username, password }, { deviceName: before.device.name, platform: before.device.platform }, before, book.env)
}

async function begin (path: string, proof: object, names: DeviceNames, before: Person | undefined, env: Env): Promise<Person> {
  if (before && await forkedAgain(before.user, env)) before = undefined // the other copy keeps the device
  const api = new Api(env, { read: async () => undefined, renewed: async () => {}, refused: async () => {} }, `${env.prefix}-session`)
  const known = before ? await stateOf(before.user, env) : undefined
  const key = await publicKey(env)
  const mine = known?.device ?? before?.device // the list of persons is written after the database
  for (let fresh = known?.counters !== 'whole', left = 32; ; fresh = true, left--) {
    const device = {
      ...(mine && left > 0 ? { id: mine.id, fresh, ...(known?.refresh ? { proof: known.refresh } : {}) } : {}),
      name: names.deviceName, platform: names.platform, key,
    }
    const session = await api.open<Session>(path, { ...proof, device })
    // A lower epoch is a restored server's, which has forgotten the one that it gave out.
    if (session.device.id !== mine?.id || session.device.epoch >= mine.epoch) return await settleIn(session, device.id, env)
  }
}

/**
 * Whether the database still has the counters of its device, and nobody else writes under them; and its last refresh
 * token, in force or not, which proves that this is the device: the wrong passwords of others do not keep it out.
 */
async function stateOf (user: string, env: Env): Promise<{ counters: 'whole' | 'lost' | 'forked', refresh: string | undefined, device: Device | undefined }> {
  const book = await Book.open(user, env)
  try {
    const refresh = (await book.get('session'))?.refresh
    const device = await book.get('device')
    if (!device) return { counters: 'lost', refresh, device }
    return { counters: (await book.get('net'))?.forked ? 'forked' : 'whole', refresh, device }
  } finally {
    book.close()
  }
}

async function forkedAgain (user: string, env: Env): Promise<boolean> {
  const book = await Book.open(user, env)
  try {
    return (await book.get('net'))?.forked?.again ?? false
  } finally {
    book.close()
  }
}

/** Keeps a session that has begun: in the person's database, and in the list. `told` is the device's id that was sent. */
async function settleIn (session: Session, told: string | undefined, env: Env): Promise<Person> {
  const user = session.user.id
  const book = await Book.open(user, env)
  try {
    await withLock(book.sendLock, async () => { // no batch is under way while counters change
      // In one piece: counters of another device or epoch must not be sent under the session that was before.
      await book.keepSession(session, async tx => { await beginSeries(tx, book, session.device, told) })
      await book.setNet({ lastInfo: undefined, busyUntil: undefined, offline: false })
    })
  } finally {
    book.close()
  }
  return await withRegistry(env, async db => {
    const before = await db.get('persons', user)
    const row: PersonRow = {
      ...(before?.pin ? { pin: before.pin } : {}),
      user, username: session.user.username, name: session.user.name, ...(session.user.title ? { title: session.user.title } : {}),
      role: session.user.role, device: session.device, lastUsed: new Date(env.now()).toISOString(),
    }
    await db.put('persons', row)
    const { pin, ...person } = row
    return { ...person, hasPin: pin !== undefined }
  })
}

/** Changes one's own password. `old` is left out only where none was ever set. */
export async function changePassword (book: Book, change: { old?: string, next: string }): Promise<void> {
  await book.api.send('PUT', '/v1/me/password', {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...(change.old === undefined ? {} : { old: change.old }), new: change.next }),
  })
  const me = await book.get('me')
  if (me) await book.put('me', { ...me, user: { ...me.user, mustChangePassword: false } })
  await book.reload()
}

/** Takes a person off this phone, database and all. Needs the network, and nothing unsent. */
export async function signOut (book: Book): Promise<void> {
  await withLock(book.sendLock, async () => {
    const { changes, photos } = await countUnsent(book)
    if (changes > 0 || photos > 0) throw new UnsentError(changes, photos)
    try {
      await book.api.send('DELETE', '/v1/sessions/current')
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error // a session that has ended needs no ending
    }
    book.close()
    await erase(book.user, book.env)
  })
}

/** Takes a person off this phone with all that it holds of theirs, sent or not. */
export async function erase (user: string, env: Env = browserEnv): Promise<void> {
  await withRegistry(env, async db => { await db.delete('persons', user) })
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(`${env.prefix}-${user}`)
    request.onsuccess = () => { resolve() }
    request.onerror = () => { reject(request.error ?? new Error('the database cannot be deleted')) }
  })
}

/** Sets or takes away the PIN of the screen lock. It locks the screen and encrypts nothing. */
export async function setPin (user: string, pin: string | undefined, env: Env = browserEnv): Promise<void> {
  const made = pin === undefined ? undefined : await makePin(pin)
  await withRegistry(env, async db => {
    const row = await db.get('persons', user)
    if (!row) return
    const { pin: _, ...rest } = row
    await db.put('persons', made ? { ...rest, pin: made } : rest)
  })
}

/** Tries a PIN; after five wrong ones there is a wait, which doubles up to five minutes. */
export async function checkPin (user: string, pin: string, env: Env = browserEnv): Promise<{ ok: boolean, waitSeconds: number }> {
  return await withLock(`${env.prefix}-pin-${user}`, async () => await withRegistry(env, async db => {
    const row = await db.get('persons', user)
    if (!row?.pin) return { ok: true, waitSeconds: 0 }
    const { state, ok, waitSeconds } = await tryPin(row.pin, pin, env.now())
    await db.put('persons', { ...row, pin: state })
    return { ok, waitSeconds }
  }))
}

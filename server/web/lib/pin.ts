// The PIN of the screen lock. Six digits can be guessed by anyone who has the storage: it is no encryption.

export interface PinState {
  salt: Uint8Array<ArrayBuffer>
  hash: Uint8Array<ArrayBuffer>
  wrong: number
  /** Nothing is tried before; milliseconds of this device's clock. */
  blockedUntil: number
}

const rounds = 100_000
const free = 5
const firstWait = 30_000
const longestWait = 300_000

async function derive (pin: string, salt: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits'])
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds }, key, 256))
}

export async function makePin (pin: string): Promise<PinState> {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  return { salt, hash: await derive(pin, salt), wrong: 0, blockedUntil: 0 }
}

export async function tryPin (state: PinState, pin: string, now: number): Promise<{ state: PinState, ok: boolean, waitSeconds: number }> {
  // A clock that was set back must not lengthen the wait beyond its longest.
  const left = Math.min(state.blockedUntil - now, longestWait)
  if (left > 0) return { state, ok: false, waitSeconds: Math.ceil(left / 1000) }
  const hash = await derive(pin, state.salt)
  if (hash.every((byte, i) => byte === state.hash[i])) return { state: { ...state, wrong: 0, blockedUntil: 0 }, ok: true, waitSeconds: 0 }
  const wrong = state.wrong + 1
  const wait = wrong < free ? 0 : Math.min(firstWait * 2 ** (wrong - free), longestWait)
  return { state: { ...state, wrong, blockedUntil: wait > 0 ? now + wait : 0 }, ok: false, waitSeconds: wait / 1000 }
}

import type { Session } from './contract'
import type { Env } from './env'
import { withLock } from './locks'
import { ApiError, OfflineError, problemOf } from './problem'

/** What a request brings to the server, and so leaves here no more once it is answered. */
export interface Bringing { ops?: number, photos?: number }

/** What is kept of a session. */
export interface Tokens {
  access: string
  refresh: string
  /** When the access token ends, by this device's clock. */
  expiresAt: number
}

/** Where an Api finds its tokens; the database of a person, or memory. */
export interface TokenStore {
  read: () => Promise<Tokens | undefined>
  /** A new session of the same person and device. */
  renewed: (session: Session) => Promise<void>
  /** The server will not renew it: 401 asks for a sign-in, 403 for the commune, 426 for an update. */
  refused: (error: ApiError) => Promise<void>
}

export interface Sending {
  body?: BodyInit | null
  headers?: Record<string, string>
  /** Milliseconds until it counts as unanswered. */
  timeout?: number
  /** Without a session. */
  open?: boolean
  /** The answer's body is read by the caller, as it comes, until this ends it; timeout ends with its head. */
  stream?: AbortController
}

const defaultTimeout = 90_000

/** Speaks HTTP with the server: session, time limit, headers, problems. */
export class Api {
  /** The value of Sothon-Unsent, told with pushes, the last piece of a photo, pulls and renewals. */
  unsent: ((bringing?: Bringing) => Promise<string | undefined>) | undefined
  /** Is given the server's clock and this device's, in milliseconds, from each answer. */
  clock: ((server: number, here: number) => void) | undefined

  constructor (readonly env: Env, private readonly tokens: TokenStore, private readonly lock: string) {}

  /** Sends a request; anything but a success is an ApiError, and no answer an OfflineError. */
  async send (method: string, path: string, sending: Sending = {}): Promise<Response> {
    if (sending.open) return await this.once(method, path, sending, undefined)
    let tokens = await this.tokens.read()
    if (!tokens) throw signedOut()
    if (this.env.now() >= tokens.expiresAt) tokens = await this.renew(tokens.access)
    try {
      return await this.once(method, path, sending, tokens.access)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.code === 'token-expired') {
        tokens = await this.renew(tokens.access)
        return await this.once(method, path, sending, tokens.access)
      }
      if (endsSession(error)) await this.tokens.refused(error)
      throw error
    }
  }

  async json<T> (method: string, path: string, sending: Sending = {}): Promise<T> {
    return await jsonOf<T>(await this.send(method, path, sending))
  }

  /** GET with an ETag; undefined where the client has the newest. */
  async fresh<T> (path: string, tag: string | undefined): Promise<{ value: T, tag: string | undefined } | undefined> {
    const response = await this.send('GET', path, { headers: tag ? { 'If-None-Match': tag } : {} })
    if (response.status === 304) return undefined
    return { value: await jsonOf<T>(response), tag: response.headers.get('ETag') ?? undefined }
  }

  /** Renews the session once, however many ask for it at the same time, in however many tabs. */
  private async renew (failed: string): Promise<Tokens> {
    return await withLock(this.lock, async () => {
      const now = await this.tokens.read()
      if (!now) throw signedOut()
      if (now.access !== failed) return now
      try {
        const session = await this.open<Session>('/v1/sessions/refresh', { refreshToken: now.refresh }, await this.unsentHeader())
        await this.tokens.renewed(session)
        return (await this.tokens.read())!
      } catch (error) {
        if (error instanceof ApiError && (error.status === 401 || endsSession(error))) await this.tokens.refused(error)
        throw error
      }
    })
  }

  /** Sends JSON without a session. */
  async open<T> (path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
    return await this.json<T>('POST', path, { open: true, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } })
  }

  /** The header that says how much this phone still holds. */
  async unsentHeader (bringing?: Bringing): Promise<Record<string, string>> {
    const unsent = await this.unsent?.(bringing)
    return unsent ? { 'Sothon-Unsent': unsent } : {}
  }

  private async once (method: string, path: string, sending: Sending, access: string | undefined): Promise<Response> {
    const headers = new Headers(sending.headers)
    headers.set('Sothon-Client', this.env.client)
    if (access) headers.set('Authorization', `Bearer ${access}`)
    const limit = sending.stream ?? new AbortController()
    const timer = setTimeout(() => { limit.abort() }, sending.timeout ?? defaultTimeout)
    try {
      const response = await this.env.fetch(new Request(this.address(path), {
        method, headers, body: sending.body ?? null, signal: limit.signal, cache: 'no-store', credentials: 'omit',
      }))
      if (sending.stream && response.ok) return response
      // The body is read within the limit too: a link that dies half way would hang for ever.
      const body = response.status === 204 || response.status === 304 ? null : await response.arrayBuffer()
      const date = Date.parse(response.headers.get('Date') ?? '')
      if (!Number.isNaN(date)) this.clock?.(date, this.env.now())
      const whole = new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers })
      if (response.ok || response.status === 304) return whole
      throw await problemOf(whole, method)
    } catch (error) {
      if (error instanceof ApiError || error instanceof OfflineError) throw error
      throw new OfflineError(`no answer to ${method} ${path}`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  private address (path: string): string {
    return /^https?:/.test(path) ? path : this.env.base + path
  }
}

/** The body of an answer; a page that something between here and the server puts in its place counts as no answer. */
async function jsonOf<T> (response: Response): Promise<T> {
  try {
    return await response.json() as T
  } catch (error) {
    throw new OfflineError('the answer is not JSON', { cause: error })
  }
}

/** The codes that end a session, lock the device or refuse the app; role-forbidden concerns one request only. */
export function endsSession (error: ApiError): boolean {
  return error.status === 426 || (error.status === 401 && error.code !== 'token-expired') ||
    error.code === 'device-revoked' || error.code === 'user-disabled'
}

export function signedOut (): ApiError {
  return new ApiError({
    type: 'about:blank', title: 'Signed out', status: 401, code: 'session-ended',
    message: 'Phiên đăng nhập đã hết. Dữ liệu vẫn còn trong máy.',
  }, undefined)
}

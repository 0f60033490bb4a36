import { Api, type TokenStore } from './api'
import { tell, type Progress } from './bus'
import { noteClock, type ClockState } from './clock'
import type { Caller, Device, Form, Forms, Me, PersonName, Session } from './contract'
import { change, openAnyVersion, openDatabase, type Database, type Tx } from './db'
import { browserEnv, type Env } from './env'
import type { Author } from './lay'
import type { Context } from './lines'
import { ApiError } from './problem'
import type { UnitRow } from './rows'

/** What is kept of the session. A session that ended pauses sending and nothing else. */
export interface SessionState {
  access?: string
  refresh?: string
  expiresAt?: number
  /** Why the server renews it no more. */
  refused?: { status: number, code: string, message: string }
}

/** How the last exchange with the server went. */
export interface NetState {
  /** There was no answer. */
  offline?: boolean
  /** Since when, by this device's clock. */
  offlineSince?: string
  /** The server asked to wait until then. */
  busyUntil?: number
  /** The server takes no more photos before; text is sent all the same. */
  photosUntil?: number
  lastPush?: string
  lastPull?: string
  /** When the account, its units and the forms were last read. */
  lastInfo?: string
  /** A second copy of this installation wrote; a fresh sign-in gives what is unsent new counters. Again: twice within a day. */
  forked?: { code: string, message: string, again?: boolean }
  /** When that was last noticed, by this device's clock. */
  forkedAt?: number
  /** The server may not know the device that this phone was before. It is asked before anything is sent. */
  unknown?: boolean
  /** The last save failed for want of space. */
  full?: boolean
}

/** What the database keeps under one name each. */
export interface Meta {
  session: SessionState
  net: NetState
  me: Me
  device: Device
  forms: Forms
  formsTag: string
  names: PersonName[]
  namesTag: string
  clock: ClockState
  /** The server takes no compressed bodies. */
  plain: boolean
  pruned: string
}

/** One person's records on this phone: their database, and the way to the server. */
export class Book {
  readonly api: Api
  me: Me | undefined
  forms: Forms | undefined
  /** The sessions that are in memory alone, by database. */
  private static readonly volatile = new Map<string, SessionState>()

  private constructor (readonly user: string, readonly env: Env, readonly db: Database) {
    this.api = new Api(env, this.tokens(), `${env.prefix}-session-${user}`)
    this.api.clock = (server, here) => { void noteClock(this, server, here) }
  }

  /** taken: see openDatabase. A screen that goes on reading a closed database would throw: it begins again instead. */
  static async open (user: string, env: Env = browserEnv, taken?: () => void): Promise<Book> {
    const book = new Book(user, env, await openDatabase(`${env.prefix}-${user}`, taken))
    await book.reload()
    return book
  }

  /** The person's database of whatever version, to read out what an app that cannot open it still holds. */
  static async openAnyVersion (user: string, env: Env = browserEnv): Promise<Book> {
    return new Book(user, env, await openAnyVersion(`${env.prefix}-${user}`))
  }

  close (): void { this.db.close() }

  async get<K extends keyof Meta> (key: K): Promise<Meta[K] | undefined> {
    if (key === 'session' && this.env.volatile) return Book.volatile.get(this.db.name) as Meta[K] | undefined
    return await this.db.get('meta', key) as Meta[K] | undefined
  }

  async put<K extends keyof Meta> (key: K, value: Meta[K]): Promise<void> {
    if (key === 'session' && this.env.volatile) Book.volatile.set(this.db.name, value as SessionState)
    else await this.db.put('meta', value, key)
  }

  /** Changes what is known of the exchange with the server. */
  async setNet (part: Partial<NetState>): Promise<void> {
    const tx = this.db.transaction('meta', 'readwrite')
    const before = await tx.store.get('net') as NetState | undefined
    const since = part.offline === true && before?.offline !== true ? { offlineSince: this.stamp() } : {}
    await tx.store.put({ ...before, ...part, ...since }, 'net')
    await tx.done
    this.changed()
  }

  /** Reads the account and the forms from the database, where another tab may have renewed them. */
  async reload (): Promise<void> {
    [this.me, this.forms] = await Promise.all([this.get('me'), this.get('forms')])
  }

  changed (): void { tell(this.env.prefix, { user: this.user, changed: true }) }
  progress (progress: Progress): void { tell(this.env.prefix, { user: this.user, progress }) }

  form (kind: string): Form | undefined { return this.forms?.forms.find(f => f.kind === kind) }

  /** Which units, forms and names this phone has, without a network. */
  async info (): Promise<{ me: Me | undefined, units: UnitRow[], forms: Forms | undefined, names: PersonName[] }> {
    const [units, names = []] = await Promise.all([this.db.getAll('units'), this.get('names'), this.reload()])
    return { me: this.me, units, forms: this.forms, names }
  }

  /** Today in Việt Nam as YYYY-MM-DD, by this device's clock. */
  today (): string { return new Date(this.env.now() + 7 * 3_600_000).toISOString().slice(0, 10) }

  stamp (): string { return new Date(this.env.now()).toISOString() }

  get context (): Context { return { me: this.author, forms: this.forms } }

  get author (): Author {
    return { user: this.user, role: this.me?.user.role ?? 'collector', device: this.me?.device.id ?? '' }
  }

  /** One sender at a time for a person, over tabs and the worker. */
  get sendLock (): string { return `${this.env.prefix}-send-${this.user}` }

  private tokens (): TokenStore {
    return {
      read: async () => {
        const s = await this.get('session')
        return s?.access && s.refresh && !s.refused ? { access: s.access, refresh: s.refresh, expiresAt: s.expiresAt ?? 0 } : undefined
      },
      renewed: async session => { await this.keepSession(session) },
      refused: async (error: ApiError) => {
        const s = await this.get('session')
        await this.put('session', { ...s, refused: { status: error.status, code: error.code, message: error.problem.message } })
        this.changed()
      },
    }
  }

  /** Stores a session's tokens and what it says of the person, and in one piece with that what `first` changes. */
  async keepSession (session: Session, first?: (tx: Tx) => Promise<void>): Promise<void> {
    const state: SessionState = {
      access: session.accessToken, refresh: session.refreshToken,
      expiresAt: this.env.now() + (session.expiresIn - 20) * 1000,
    }
    await change(this.db, async tx => {
      await first?.(tx)
      const meta = tx.objectStore('meta')
      const me = await meta.get('me') as Me | undefined
      if (this.env.volatile) await meta.delete('session')
      else await meta.put(state, 'session')
      await meta.put({ ...me, user: session.user satisfies Caller, device: session.device } satisfies Me, 'me')
    })
    if (this.env.volatile) Book.volatile.set(this.db.name, state)
    await this.reload()
    this.changed()
  }
}

export const openBook = async (user: string, env?: Env): Promise<Book> => await Book.open(user, env)

// Who sits at the desk, what they may do, and their decisions on the way to the server.
import { Book } from '../lib/book'
import { listen } from '../lib/bus'
import type { Form, PersonName } from '../lib/contract'
import { clockTime } from '../lib/days'
import { browserEnv } from '../lib/env'
import { readInfo } from '../lib/info'
import { saveMany } from '../lib/outbox'
import { signOut, UnsentError } from '../lib/people'
import { ApiError, OfflineError } from '../lib/problem'
import { listPersons, type Person } from '../lib/registry'
import type { DraftRow, OpRow, UnitRow, Write } from '../lib/rows'
import { syncBook } from '../lib/sync'
import { countUnsent, listUnsent } from '../lib/unsent'
import { vi } from './vi'

/** The desk keeps its outbox apart from a phone app in the same browser. */
export const env = { ...browserEnv, prefix: 'sothon-desk' }

/** A question that is on its way, and the one that follows it. */
interface Asking { answer: Promise<unknown>, next?: Promise<unknown> }

/** Takes something back; the sentence of what stood in its way, nothing where it is done. */
export type Undo = () => Promise<string | void>

export interface Toast { text: string, undo: boolean }

const undoable = 600_000
const namesAge = 600_000

class Desk {
  book = $state.raw<Book | undefined>()
  person = $state.raw<Person | undefined>()
  units = $state.raw<UnitRow[]>([])
  names = $state.raw<Map<string, PersonName>>(new Map())
  toast = $state.raw<Toast | undefined>()
  waiting = $state(0)
  /** The records with a decision that has no answer yet, by unit and id. */
  sending = $state.raw<Set<string>>(new Set())
  /** Photos that wait for the network. */
  private photos = 0
  offline = $state(false)
  /** Since when, as it is read. */
  cutSince = $state('')
  ended = $state(false)
  private undos: { undo: Undo, at: number }[] = []
  /** Moves on after each decision, so that lists read again. */
  turn = $state(0)
  private stop: (() => void) | undefined
  private asking = new Map<string, Asking>()

  async open (person: Person): Promise<void> {
    const book = await Book.open(person.user, env)
    await syncBook(book, { pull: false, photos: false, force: true })
    this.person = person
    await this.take(book)
    const unhear = listen(env.prefix, person.user, news => { if ('changed' in news) void this.look() })
    // What waits is sent when the network is back, and tried twice a minute: the browser does not report every loss of it.
    const send = (): void => { if (this.waiting + this.photos > 0) void this.send(book) }
    const timer = setInterval(send, 30_000), renewing = setInterval(() => { void this.renewNames() }, namesAge)
    window.addEventListener('online', send)
    this.stop = () => { unhear(); clearInterval(timer); clearInterval(renewing); window.removeEventListener('online', send) }
    this.book = book
    await this.look()
  }

  private async take (book: Book): Promise<void> {
    const { units, names } = await book.info()
    const sorted = units.sort((a, b) => a.name.localeCompare(b.name, 'vi', { numeric: true }))
    if (JSON.stringify(sorted.map(u => [u.unit, u.name, u.writes])) !== JSON.stringify(this.units.map(u => [u.unit, u.name, u.writes]))) this.units = sorted
    this.names = new Map(names.map(n => [n.id, n]))
  }

  /** Reads the units and the people again: others may have added or renamed some. */
  async renewNames (): Promise<void> {
    const { book } = this
    if (!book) return
    try {
      await readInfo(book)
      if (book === this.book) await this.take(book)
    } catch { /* what was known stays */ }
  }

  async resume (): Promise<boolean> {
    const person = (await listPersons(env)).sort((a, b) => b.lastUsed.localeCompare(a.lastUsed))[0]
    if (!person) return false
    const book = await Book.open(person.user, env)
    const session = await book.get('session')
    book.close()
    if (!session?.access || session.refused) return false
    await this.open(person)
    return true
  }

  private async look (): Promise<void> {
    if (!this.book) return
    const { ops, photos } = await countUnsent(this.book)
    const going = new Set((await listUnsent(this.book)).map(op => `${op.unit}/${op.record}`))
    if (going.size > 0 || this.sending.size > 0) this.sending = going
    this.waiting = ops
    this.photos = photos
    const [net, session] = [await this.book.get('net'), await this.book.get('session')]
    this.offline = net?.offline === true
    this.cutSince = this.offline && net?.offlineSince ? clockTime(net.offlineSince, this.book.env.now()).replace(' hôm nay', '') : ''
    this.ended = session?.refused !== undefined
  }

  may (operation: string): boolean { return this.book?.me?.user.permissions.includes(operation) ?? false }
  get role (): string { return this.book?.me?.user.role ?? '' }
  form (kind: string): Form | undefined { return this.book?.form(kind) }
  get forms (): Form[] { return this.book?.forms?.forms ?? [] }
  unitName (unit: string): string { return this.units.find(u => u.unit === unit)?.name ?? unit }

  name (user: string): string {
    const n = this.names.get(user)
    return n ? (n.title ? `${n.name} (${n.title})` : n.name) : user
  }

  /**
   * Reads. The answer is never older than the call: while the same is asked already, it is asked once more after that,
   * once for all who call meanwhile.
   */
  async get<T> (path: string, query: Record<string, string | string[]> = {}): Promise<T> {
    const q = new URLSearchParams()
    for (const [k, v] of Object.entries(query)) for (const one of [v].flat()) if (one !== '') q.append(k, one)
    const text = q.toString(), url = path + (text ? `?${text}` : '')
    const { api } = this.book!, asking = this.asking
    const ask = async (): Promise<unknown> => {
      const answer = api.json('GET', url)
      const mine: Asking = { answer }
      asking.set(url, mine)
      try {
        const got = await answer
        void this.heard(true)
        return got
      } catch (error) {
        if (error instanceof OfflineError) void this.heard(false)
        throw error
      } finally {
        if (asking.get(url) === mine) asking.delete(url)
      }
    }
    const now = asking.get(url)
    if (!now) return await ask() as T
    now.next ??= now.answer.catch(() => {}).then(ask)
    return await now.next as T
  }

  /** Whether the server answers, as the line at the top tells it. */
  async heard (answers: boolean): Promise<void> {
    const { book } = this
    // A book that is closed meanwhile, by signing out, takes no note of it.
    if (book && this.offline === answers) await book.setNet({ offline: !answers }).catch(() => {})
  }

  async post<T> (path: string, body?: unknown, method = 'POST'): Promise<T | undefined> {
    const response = await this.book!.api.send(method, path, body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })
    return response.status === 204 ? undefined : await response.json() as T
  }

  /** Shows a text. What can be undone stays undoable for 10 minutes, when the text has gone too. */
  say (text: string, undo?: Undo): void {
    if (undo) this.undos = [...this.undos, { undo, at: Date.now() }]
    this.toast = { text, undo: undo !== undefined }
  }

  /** The same of a decision: while the network is cut, or the server busy, it waits and is not done yet. */
  decided (text: string, undo?: Undo, besides = ''): void { this.say((this.waiting > 0 ? vi.kept : text) + besides, undo) }

  /** Takes back the last decision of this session. False where there is none. */
  async undo (): Promise<boolean> {
    const last = this.undos.at(-1)
    this.undos = this.undos.slice(0, -1)
    this.toast = undefined
    if (!last || Date.now() - last.at > undoable) { this.undos = []; return false }
    const why = await last.undo().catch((error: unknown) => {
      this.undos = [...this.undos, last] // it may be tried again
      return this.sentence(error)
    })
    if (why) this.say(vi.notUndone(why))
    else this.decided(vi.undone)
    return true
  }

  /** Decides what takes a decision back; the sentence of the first that the server refused. */
  async revert (writes: Write[]): Promise<string> { return [...(await this.decide(writes)).values()][0] ?? '' }

  /**
   * Puts decisions into the outbox and sends them. What has no answer yet stays, and is sent by itself. Returns the
   * sentences of those that the server refused, by record. `onkept` is called once they can no longer be lost, before
   * the server has them.
   */
  async decide (writes: Write[], onkept?: () => void): Promise<Map<string, string>> {
    const book = this.book!
    const rows = await saveMany(book, writes)
    onkept?.()
    await syncBook(book, { pull: false, photos: false })
    const refused = new Map<string, string>()
    for (const row of rows) {
      const now = await book.db.get('ops', [row.unit, row.series, row.n]) as OpRow | undefined
      if (now?.result?.status === 'rejected') refused.set(row.record, now.result.message ?? now.result.code ?? '')
    }
    await this.look()
    this.turn++
    if (this.photos > 0) void this.send(book)
    return refused
  }

  /** Sends all that waits, photos last; with them lists read again. */
  private async send (book: Book): Promise<void> {
    const before = this.photos
    await syncBook(book, { pull: false })
    if (this.book !== book) return
    await this.look()
    if (this.photos < before) this.turn++
  }

  sentence (error: unknown): string {
    if (error instanceof ApiError) return error.problem.message
    if (error instanceof UnsentError) return vi.unsentDecisions(error.n + error.photos)
    return error instanceof OfflineError ? vi.cut : String(error)
  }

  /** Texts that were typed and are on this machine alone: signing out deletes them. */
  async unsavedTexts (): Promise<DraftRow[]> {
    return (await this.book?.db.getAll('drafts') ?? []).filter(d => d.kind === 'report-section' || d.kind === 'standing-text')
  }

  async leave (): Promise<void> {
    if (this.book) await signOut(this.book)
    this.stop?.()
    this.book = undefined
    this.person = undefined
    this.undos = []
    this.asking = new Map()
  }
}

export const desk = new Desk()

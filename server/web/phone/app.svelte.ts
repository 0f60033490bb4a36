// What every screen sees: the person, their book, the state of sending. Lists are read by the screens themselves.
import { Book } from '../lib/book'
import { listen } from '../lib/bus'
import { formatDay } from '../lib/days'
import { browserEnv } from '../lib/env'
import type { Form, Forms, PersonName } from '../lib/contract'
import { listPersons, noteUsed, type Person } from '../lib/registry'
import { readStatus, unknown, type Status } from '../lib/status'
import { startSyncing, syncEverybody, type Clockwork, type SyncEnd, type SyncOptions } from '../lib/sync'
import type { UnitRow } from '../lib/rows'
import type { Update } from '../sw/register'
import { update } from './update.svelte'
import { vi } from './vi'

interface Note { text: string, undo?: () => void }

class App {
  person = $state.raw<Person | undefined>()
  book = $state.raw<Book | undefined>()
  status = $state.raw<Status>(unknown)
  units = $state.raw<UnitRow[]>([])
  forms = $state.raw<Forms | undefined>()
  names = $state.raw<PersonName[]>([])
  mustChangePassword = $state(false)
  /** Counts the changes of the database: an effect that reads it runs again after each. */
  tick = $state(0)
  toast = $state.raw<Note | undefined>()
  private clockwork: Clockwork | undefined
  private stopListening: (() => void) | undefined
  private othersAt = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  /** Opens a person's records. Needs no network. */
  async open (person: Person): Promise<void> {
    this.close()
    const book = await Book.open(person.user, browserEnv, () => { location.reload() }) // what is being filled in is kept
    this.person = person
    this.book = book
    this.stopListening = listen(book.env.prefix, person.user, news => {
      if ('changed' in news) this.soon()
      else void this.readStatus()
    })
    await this.refresh()
    this.clockwork = startSyncing(book, end => {
      this.soon()
      if (end === 'done') void this.sendOthers()
    })
    setTimeout(() => { void this.kick() }, this.units.length > 0 ? 500 : 0) // the first screen comes before what is new
    void noteUsed(person.user)
  }

  close (): void {
    this.clockwork?.stop()
    this.stopListening?.()
    this.book?.close()
    this.clockwork = undefined
    this.book = undefined
    this.person = undefined
    if (this.toast?.undo) this.toast = undefined // it would undo in the book of who comes next
    this.status = unknown
    this.tick = 0
  }

  /** Starts an exchange: a save, the network or the screen came back, the button was pressed. */
  async kick (options?: SyncOptions): Promise<SyncEnd | undefined> { return await this.clockwork?.kick(options) }

  /** What others have recorded on this phone is sent too, no matter who is signed in. */
  private async sendOthers (): Promise<void> {
    if (Date.now() - this.othersAt < 60_000) return
    this.othersAt = Date.now()
    const others = (await listPersons()).filter(p => p.user !== this.person?.user).map(p => p.user)
    if (others.length > 0) await syncEverybody(others).catch(() => {}) // their own line tells what is left
  }

  /** Many changes in a short time are read once. */
  private soon (): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => { void this.refresh() }, 60)
  }

  async refresh (): Promise<void> {
    const book = this.book
    if (!book) return
    const [info, status] = await Promise.all([book.info(), readStatus(book)])
    if (book !== this.book) return
    this.status = status
    this.units = info.units
    this.forms = info.forms
    this.names = info.names
    this.mustChangePassword = info.me?.user.mustChangePassword ?? false
    this.tick++
  }

  async readStatus (): Promise<void> {
    const book = this.book
    if (!book) return
    const status = await readStatus(book)
    if (book === this.book) this.status = status
  }

  say (text: string, undo?: () => void): void { this.toast = undo ? { text, undo } : { text } }

  /** Takes the waiting version of the app. */
  get update (): Update | undefined { return update.now }

  /** The villages that the person writes in. */
  get own (): UnitRow[] { return this.units.filter(u => u.writes && u.level === 'village').concat(this.units.filter(u => u.writes && u.level !== 'village')) }

  unitName (unit: string): string { return this.units.find(u => u.unit === unit)?.name ?? unit }

  form (kind: string): Form | undefined { return this.forms?.forms.find(f => f.kind === kind) }

  /** Who wrote: “máy này” for the person, else “ông/bà” and the name. */
  who (user: string): string {
    if (user === this.person?.user) return vi.thisDevice
    const name = this.names.find(p => p.id === user)?.name
    return name ? `${vi.mr} ${name}` : vi.somebody
  }

  get today (): string { return this.book?.today() ?? '' }

  /** A day as it is shortest: 20/11, with the year where it is another. */
  shortDay (day: string): string {
    const text = formatDay(day)
    return day.slice(0, 4) === this.today.slice(0, 4) ? text.slice(0, text.lastIndexOf('/')) : text
  }
}

export const app = new App()

/** The book of the person who is signed in; screens are drawn only then. */
export function book (): Book {
  if (!app.book) throw new Error('nobody has opened a book')
  return app.book
}

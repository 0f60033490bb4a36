// A phone at the dumb server.
import { Book } from '../../lib/book'
import { newId } from '../../lib/ids'
import { save } from '../../lib/outbox'
import { renew, signIn } from '../../lib/people'
import { syncBook, type SyncEnd } from '../../lib/sync'
import type { OpRow, Write } from '../../lib/rows'
import type { DumbServer } from './dumbserver'

let phones = 0

export class DumbPhone {
  book!: Book
  user = ''
  private readonly env

  constructor (readonly server: DumbServer) { this.env = server.env(`q${process.pid}-${++phones}`) }

  static async signedIn (server: DumbServer, username: string): Promise<DumbPhone> {
    const phone = new DumbPhone(server)
    phone.user = (await signIn({ username, password: 'x', deviceName: 'Máy', platform: 'Android' }, phone.env)).user
    await phone.reopen()
    await phone.sync()
    return phone
  }

  async reopen (): Promise<void> {
    this.book?.close()
    this.book = await Book.open(this.user, this.env)
  }

  async sync (): Promise<SyncEnd> { return await syncBook(this.book, { force: true }) }

  async write (set: Record<string, unknown>, more: Partial<Write> = {}): Promise<OpRow> {
    return await save(this.book, { unit: 'u1', kind: 'household', record: newId(Date.now()), action: 'edit', set, ...more })
  }

  async signInAgain (): Promise<void> {
    await renew(this.book, 'x')
    await this.reopen()
  }

  /** Begins another epoch, as after a copy was noticed, with all that is in the phone. */
  async beginEpoch (): Promise<void> {
    await this.book.setNet({ forked: { code: 'device-forked', message: '' } })
    await this.signInAgain()
  }

  async ops (): Promise<OpRow[]> { return await this.book.db.getAll('ops') }
}

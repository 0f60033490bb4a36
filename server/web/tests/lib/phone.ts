// A phone for tests: an environment of its own, over a network that may fail.
import { Book } from '../../lib/book'
import type { Env } from '../../lib/env'
import { signIn } from '../../lib/people'
import type { Person } from '../../lib/registry'
import { password } from '../server.mjs'

let phones = 0

/** What the network does to one request. */
export type Weather = 'fine' | 'lost' | 'answer-lost' | 'doubled' | 'late-copy'

export class Phone {
  readonly env: Env
  /** Chooses the weather of each request. */
  weather: (request: Request) => Weather = () => 'fine'
  clockOff = 0
  requests: string[] = []
  private late: Request[] = []
  book!: Book
  person!: Person

  constructor (base: string) {
    this.env = {
      base, client: 'sothon-web/1.0.0', prefix: `p${process.pid}-${++phones}`,
      now: () => Date.now() + this.clockOff,
      fetch: async request => await this.fetch(request),
    }
  }

  static async signedIn (base: string, username: string): Promise<Phone> {
    const phone = new Phone(base)
    phone.person = await signIn({ username, password, deviceName: `Máy của ${username}`, platform: 'Android 12, Chrome 138' }, phone.env)
    await phone.reopen()
    return phone
  }

  /** Ends the app as a kill does, and starts it again on the same storage. */
  async reopen (): Promise<void> {
    this.book?.close()
    this.book = await Book.open(this.person.user, this.env)
  }

  private async fetch (request: Request): Promise<Response> {
    this.requests.push(`${request.method} ${new URL(request.url).pathname}`)
    const weather = this.weather(request)
    if (weather === 'lost') throw new TypeError('lost on the way')
    if (weather === 'late-copy' && request.method === 'POST') this.late.push(request.clone() as Request)
    else if (this.late.length > 0 && this.weather(request) !== 'fine') await fetch(this.late.shift()!).catch(() => {})
    if (weather === 'doubled') {
      const copy = request.clone() as Request
      await fetch(request)
      return await fetch(copy)
    }
    const answer = await fetch(request)
    if (weather === 'answer-lost' || weather === 'late-copy') throw new TypeError('the answer was lost')
    return answer
  }
}

/** A small generator of numbers that a seed repeats (mulberry32). */
export class Dice {
  constructor (private seed: number) {}

  next (): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0
    let t = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  below (n: number): number { return Math.floor(this.next() * n) }
  chance (p: number): boolean { return this.next() < p }
  pick<T> (from: T[]): T { return from[this.below(from.length)]! }
}

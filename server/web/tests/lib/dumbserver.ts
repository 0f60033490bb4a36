// A server that is as simple as can be: one unit, a list of commits, no merging cleverness. What it says of a record
// is found by going through all ops each time. Tests compare the library with it, and let it answer whatever they like.
import type { Op } from '../../lib/contract'
import type { Env } from '../../lib/env'

interface Entry { device: string, epoch: number, op: Op, seq: number, index: number }

export interface Answer { status: number, body?: unknown, headers?: Record<string, string> }

let logs = 0

export class DumbServer {
  log = `l_${++logs}`
  entries: Entry[] = []
  hashes: string[] = [] // of commit seq at [seq - 1]
  /** Takes the place of the next answers to pushes; undefined lets one through. */
  script: ((ops: Op[]) => Answer | undefined)[] = []
  /** What happens to each request beyond the server. */
  weather: (request: Request) => 'fine' | 'lost' | 'answer-lost' | 'doubled' = () => 'fine'
  maxBatch = 500
  pageSize = 7
  view = 'collector-1'
  /** Records that the view does not show. */
  hidden = new Set<string>()
  /** Fields of records whose values an order took away. */
  erased = new Map<string, string[]>()
  /** The review of a record whose note an order took away: the dot of it. */
  unnoted = new Map<string, string>()
  bodies: string[] = []
  encodings: (string | null)[] = []
  epochs = new Map<string, number>()
  private devices = 0
  private lastAccess = ''

  env (prefix: string): Env {
    return { base: 'http://dumb.test', client: 'sothon-web/1.0.0', prefix, now: () => Date.now(), fetch: async request => await this.fetch(request) }
  }

  get head (): { log: string, seq: number, hash: string } {
    return { log: this.log, seq: this.hashes.length, hash: this.hashes.at(-1) ?? '' }
  }

  /** Goes back to what a backup of an earlier time held. */
  restore (seq: number): void {
    this.hashes = this.hashes.slice(0, seq)
    this.entries = this.entries.filter(e => e.seq <= seq)
  }

  /** Knows a device no more, as after going back to before its first sign-in. */
  forget (device: string): void { this.epochs.delete(device) }

  private async fetch (request: Request): Promise<Response> {
    const weather = this.weather(request)
    if (weather === 'lost') throw new TypeError('lost')
    const body = request.method === 'POST' ? await readBody(request) : ''
    if (weather === 'doubled') this.answer(request, body)
    const { status, body: said, headers } = this.answer(request, body)
    if (weather === 'answer-lost') throw new TypeError('lost')
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    return new Response(said === undefined ? null : JSON.stringify(said), { status, headers: { 'Content-Type': type, Date: new Date().toUTCString(), ...headers } })
  }

  private answer (request: Request, body: string): Answer {
    const url = new URL(request.url)
    const path = `${request.method} ${url.pathname}`
    if (path === 'POST /v1/sessions') return this.signIn(JSON.parse(body) as { username: string, device: { id?: string, fresh?: boolean } })
    if (path === 'POST /v1/sessions/refresh') return { status: 200, body: { accessToken: this.lastAccess, refreshToken: 's'.repeat(20), tokenType: 'Bearer', expiresIn: 900, ...this.me(this.lastAccess) } }
    if (path === 'GET /v1/me') return { status: 200, body: this.me(request.headers.get('Authorization')!.slice(7)) }
    if (path === 'GET /v1/me/devices') return { status: 200, body: { devices: [...this.epochs.keys()].map(id => ({ id })) } }
    if (path === 'GET /v1/units') return { status: 200, body: { units: [{ id: 'u1', code: 'u1', name: 'Thôn mẫu 1', level: 'village', validFrom: '2025-07-01', version: 1 }] } }
    if (path === 'GET /v1/forms') return { status: 200, body: { forms: [{ kind: 'household', label: 'Hộ', plural: 'Hộ', nameField: 'headName', personName: true, fields: [{ name: 'headName', label: 'Họ tên', type: 'text' }] }], limits: { maxOps: 500, maxBytes: 1048576, maxOpBytes: 65536 } } }
    if (path === 'POST /v1/units/u1/batches') {
      this.bodies.push(body)
      this.encodings.push(request.headers.get('Content-Encoding'))
      return this.push(JSON.parse(body) as Batch)
    }
    if (path === 'GET /v1/units/u1/head') return { status: 200, body: { ...this.head, note: '', epochs: this.through(request.headers.get('Authorization')!.split('/')[1]!) } }
    if (path === 'GET /v1/units/u1/changes') return this.changes(url.searchParams, request.headers.get('Authorization')!.slice(7))
    return problem(404, 'not-found')
  }

  private signIn (who: { username: string, device: { id?: string, fresh?: boolean } }): Answer {
    const known = who.device.id !== undefined && this.epochs.has(who.device.id)
    const id = known ? who.device.id! : `d_${++this.devices}`
    const epoch = (this.epochs.get(id) ?? 0) + (who.device.fresh || !known ? 1 : 0)
    this.epochs.set(id, epoch)
    this.lastAccess = `${who.username}/${id}/${epoch}`
    const me = this.me(this.lastAccess)
    return { status: 200, body: { accessToken: `${who.username}/${id}/${epoch}`, refreshToken: 'r'.repeat(20), tokenType: 'Bearer', expiresIn: 900, ...me } }
  }

  private me (token: string): object {
    const [name, id, epoch] = token.split('/')
    return {
      user: { id: `u_${name}`, username: name, name: `Người mẫu ${name}`, role: 'collector', units: ['u1'], permissions: ['pushBatch', 'pullChanges'] },
      device: { id, name: 'Máy mẫu', platform: 'Android', epoch: Number(epoch) },
    }
  }

  private push (batch: Batch): Answer {
    const scripted = this.script.shift()?.(batch.ops)
    if (scripted) return scripted
    if (batch.epoch < (this.epochs.get(batch.device) ?? 1)) return problem(409, 'epoch-fenced')
    if (batch.ops.length > this.maxBatch) return problem(413, 'too-large', { maxOps: this.maxBatch })
    const own = this.entries.filter(e => e.device === batch.device && e.epoch === batch.epoch)
    const diverged = this.divergence(batch.head, own.length + 1, batch.device)
    if (diverged) return diverged
    if (batch.from > own.length + 1) return problem(409, 'counter-gap', { expected: own.length + 1 })
    for (const op of batch.ops) {
      const known = own.find(e => e.op.n === op.n)
      if (known && JSON.stringify(known.op) !== JSON.stringify(op)) return problem(422, 'counter-reuse', { n: op.n })
    }
    const fresh = batch.ops.filter(op => !own.some(e => e.op.n === op.n))
    if (fresh.length > 0) {
      const seq = this.hashes.length + 1
      this.hashes.push(`${Math.random().toString(16).slice(2)}`.padEnd(64, '0'))
      this.entries.push(...fresh.map((op, index) => ({ device: batch.device, epoch: batch.epoch, op, seq, index })))
    }
    return {
      status: 200,
      body: { ...this.head, through: batch.ops.at(-1)!.n, now: new Date().toISOString(), receipt: 'note', results: batch.ops.map(op => ({ n: op.n, status: op.set && 'bad' in op.set ? 'rejected' : 'accepted', ...(op.set && 'bad' in op.set ? { code: 'bad', message: 'Sai.' } : {}) })) },
    }
  }

  private divergence (head: { log: string, seq: number, hash: string } | undefined, expected: number, device: string, earlier: string[] = []): Answer | undefined {
    if (!head || this.hashes[head.seq - 1] === head.hash) return undefined
    return problem(409, 'log-diverged', { ...this.head, common: this.common(earlier), expected, epochs: this.through(device) })
  }

  /** The last of some heads that is in this ledger, 0 where none is. */
  private common (earlier: string[]): number {
    return Math.max(0, ...earlier.map(text => text.split(':')).filter(([seq, hash]) => this.hashes[Number(seq) - 1] === hash).map(([seq]) => Number(seq)))
  }

  private through (device: string): { epoch: number, through: number }[] {
    const all = new Map<number, number>()
    for (const e of this.entries) if (e.device === device) all.set(e.epoch, Math.max(all.get(e.epoch) ?? 0, e.op.n))
    return [...all].map(([epoch, through]) => ({ epoch, through }))
  }

  private changes (query: URLSearchParams, token: string): Answer {
    const [, device, epoch] = token.split('/')
    const expected = this.entries.filter(e => e.device === device && e.epoch === Number(epoch)).length + 1
    const after = Number(query.get('after') ?? 0)
    const at = after > 0 ? { log: query.get('log')!, seq: after, hash: query.get('hash')! } : undefined
    const tip = Number(query.get('tipSeq') ?? 0)
    const diverged = this.divergence(at, expected, device!, query.getAll('earlier')) ?? (tip > 0 ? this.divergence({ log: this.log, seq: tip, hash: query.get('tipHash')! }, expected, device!, query.getAll('earlier')) : undefined)
    if (diverged) return diverged
    if (after > 0 && query.has('view') && query.get('view') !== this.view) return problem(409, 'view-changed')
    const changed = [...this.records().values()].filter(r => r.seq > after && !this.hidden.has(r.id)).sort((a, b) => a.seq - b.seq)
    let page = changed.slice(0, this.pageSize)
    const end = page.at(-1)?.seq ?? this.hashes.length
    page = changed.filter(r => r.seq <= end).map(r => {
      const gone = this.erased.get(r.id), dot = this.unnoted.get(r.id)
      if (dot) return { ...r, review: { state: 'returned', by: 'u', at: '2026-11-26T08:00:00Z', dot, erased: true } }
      return gone ? { ...r, erased: gone, fields: Object.fromEntries(Object.entries(r.fields).filter(([name]) => !gone.includes(name))) } : r
    })
    const more = page.length < changed.length
    const seq = more ? end : this.hashes.length
    return { status: 200, body: { log: this.log, seq, hash: this.hashes[seq - 1] ?? '', view: this.view, more, ...(more ? { tip: { seq: this.head.seq, hash: this.head.hash } } : {}), records: page } }
  }

  /** All records, from all ops: a write takes the place of those that its author had seen, or wrote before. */
  records (): Map<string, { id: string, seq: number, fields: Record<string, unknown>, state: string, conflicts?: object[] }> {
    const all = new Map<string, { id: string, unit: string, kind: string, seq: number, updatedAt: string, created: object, fields: Record<string, unknown>, state: string, conflicts?: object[] }>()
    const standing = new Map<string, { e: Entry, value: unknown }[]>()
    for (const e of this.entries) {
      if (e.op.set && 'bad' in e.op.set) continue
      const set = e.op.action === 'edit' ? e.op.set ?? {} : { _lifecycle: e.op.action }
      for (const [field, value] of Object.entries(set)) {
        const key = `${e.op.record} ${field}`
        const others = (standing.get(key) ?? []).filter(w => w.e.seq > e.op.base && !(w.e.device === e.device && w.e.epoch === e.epoch))
        standing.set(key, [...others, { e, value }])
      }
      const before = all.get(e.op.record)
      all.set(e.op.record, {
        id: e.op.record, unit: 'u1', kind: e.op.kind, updatedAt: e.op.at,
        created: before?.created ?? { at: e.op.at, user: '', role: 'collector', device: e.device },
        fields: {}, state: 'pending', seq: e.seq,
      })
    }
    for (const [key, writes] of standing) {
      const [record, field] = key.split(' ') as [string, string]
      const shown = writes.at(-1)!.value
      const r = all.get(record)!
      if (field === '_lifecycle') r.state = shown === 'remove' ? 'removed' : 'pending'
      else if (shown !== null) r.fields[field] = shown
      if (new Set(writes.map(w => JSON.stringify(w.value))).size > 1) {
        r.conflicts = [...(r.conflicts ?? []), { field, siblings: writes.map(w => ({ dot: `${w.e.seq}.${w.e.index}`, value: w.value })) }]
      }
    }
    return all
  }
}

interface Batch { device: string, epoch: number, from: number, head?: { log: string, seq: number, hash: string }, ops: Op[] }

export function problem (status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Answer {
  return { status, body: { type: `urn:sothon:problem:${code}`, title: code, status, code, message: `Lỗi ${code}.`, ...more }, headers }
}

async function readBody (request: Request): Promise<string> {
  if (request.headers.get('Content-Encoding') !== 'gzip') return await request.text()
  return await new Response(request.body!.pipeThrough(new DecompressionStream('gzip'))).text()
}

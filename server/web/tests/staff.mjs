// What the commune does at its desk, for tests of the phone: records, campaigns, reviews, by the API alone.
import { createHash, randomBytes } from 'node:crypto'
import { password } from './server.mjs'

export function newId () {
  const bytes = randomBytes(16)
  for (let i = 0, time = Date.now(); i < 6; i++) bytes[i] = Math.floor(time / 2 ** (8 * (5 - i))) & 255
  bytes[6] = (bytes[6] & 15) | 0x70
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The record of a reporting period: see periodId in lib/ids.ts. */
export function periodId (unit, from, to) {
  const space = Buffer.from('d2f3277c-b17a-5be4-b58e-b12d60519416'.replaceAll('-', ''), 'hex')
  const bytes = createHash('sha1').update(space).update(`${unit}/period/${from}/${to}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6] & 15) | 0x50
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export class Staff {
  static async signIn (server, username = 'canbo', secret = password) {
    const staff = new Staff()
    staff.server = server
    staff.session = await staff.call('POST', '/v1/sessions', { username, password: secret, device: { name: 'Máy xã', platform: 'test' } })
    staff.counters = {}
    return staff
  }

  async call (method, path, body) {
    const response = await fetch(this.server.url + path, {
      method, body: body && JSON.stringify(body),
      headers: { ...(body ? { 'Content-Type': 'application/json' } : {}), ...(this.session ? { Authorization: `Bearer ${this.session.accessToken}` } : {}) },
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }

  /** Writes ops; every one of them has to be taken. Ops that name no base have seen all that the unit has. */
  async push (unit, ops) {
    const base = ops.every(op => op.base !== undefined) ? 0 : (await this.pull(unit)).seq
    const from = (this.counters[unit] ?? 0) + 1
    this.counters[unit] = from + ops.length - 1
    const { id, epoch } = this.session.device
    const answer = await this.call('POST', `/v1/units/${unit}/batches`, {
      device: id, epoch, from, ops: ops.map((op, i) => ({ n: from + i, base, at: new Date().toISOString(), ...op })),
    })
    for (const result of answer.results) if (result.status === 'rejected') throw new Error(JSON.stringify(result))
    return answer
  }

  /** All records of a unit, as the server has them now. */
  async pull (unit) {
    const records = new Map()
    let query = 'after=0', page
    do {
      page = await this.call('GET', `/v1/units/${unit}/changes?${query}`)
      for (const record of page.records) records.set(record.id, record)
      query = `after=${page.seq}&log=${page.log}&hash=${page.hash}`
    } while (page.more)
    return { seq: page.seq, records: [...records.values()] }
  }

  async ofKind (unit, kind) { return (await this.pull(unit)).records.filter(r => r.kind === kind && !r.gone) }

  async campaign (unit, set = {}) {
    const record = newId()
    await this.push(unit, [{ record, kind: 'campaign', action: 'edit', set: { name: 'Quà Tết mẫu', purpose: 'give', from: '2020-01-01', onePerHousehold: true, giftQuantity: 1, giftValueVnd: 300000, ...set } }])
    return record
  }

  async gift (unit, household) {
    const record = newId()
    await this.push(unit, [{ record, kind: 'gift', action: 'edit', set: { household, date: '2026-01-05', quantity: 1, valueVnd: 100000 } }])
    return record
  }

  /** Sends a photo, and returns its hash. */
  async photo (unit, bytes) {
    const hash = createHash('sha256').update(bytes).digest('hex')
    const tus = { 'Tus-Resumable': '1.0.0', Authorization: `Bearer ${this.session.accessToken}` }
    const told = Object.entries({ sha256: hash, type: 'image/jpeg', unit }).map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`).join(',')
    const begun = await fetch(`${this.server.url}/v1/files`, { method: 'POST', headers: { ...tus, 'Upload-Length': String(bytes.length), 'Upload-Metadata': told } })
    if (begun.status !== 201) throw new Error(`POST /v1/files: ${begun.status} ${await begun.text()}`)
    const sent = await fetch(new URL(begun.headers.get('Location'), this.server.url), { method: 'PATCH', headers: { ...tus, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0' }, body: bytes })
    if (sent.status !== 204) throw new Error(`PATCH of an upload: ${sent.status} ${await sent.text()}`)
    return hash
  }

  async households (unit, names) {
    const ids = names.map(() => newId())
    await this.push(unit, names.map((headName, i) => ({ record: ids[i], kind: 'household', action: 'edit', set: { headName, code: `H${String(i + 1).padStart(3, '0')}`, category: 'poor' } })))
    return ids
  }
}

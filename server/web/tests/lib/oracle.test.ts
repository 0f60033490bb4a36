// Phones that save, send, pull, undo and die at random, over a failing network and a server that is restored from
// backups, against what the dumb server says.
import { describe, expect, it } from 'vitest'
import { undo, save } from '../../lib/outbox'
import { show } from '../../lib/view'
import { newId } from '../../lib/ids'
import { DumbPhone } from './dumbphone'
import { DumbServer } from './dumbserver'
import { Dice } from './phone'

const seeds = Array.from({ length: Number(process.env.SEEDS ?? 12) }, (_, i) => i + 1)
const steps = 120
let ops = 0, restores = 0, kills = 0, epochs = 0, lost = 0

async function play (seed: number): Promise<void> {
  const dice = new Dice(seed)
  const server = new DumbServer()
  const phones = [await DumbPhone.signedIn(server, 'a'), await DumbPhone.signedIn(server, 'b')]
  const last = new Map<string, { phone: DumbPhone, name: string | undefined, removed: boolean }>() // records of one writer
  const shared = newId(Date.now())
  server.weather = () => dice.pick(['fine', 'fine', 'fine', 'lost', 'answer-lost', 'doubled'])
  for (let step = 0; step < steps; step++) {
    const phone = dice.pick(phones)
    const mine = [...last].filter(([, l]) => l.phone === phone).map(([id]) => id)
    const what = dice.next()
    if (what < 0.35) {
      const record = mine.length > 0 && dice.chance(0.6) ? dice.pick(mine) : newId(Date.now())
      const name = `Hộ mẫu ${step}`
      const before = last.get(record)
      const row = await save(phone.book, { unit: 'u1', kind: 'household', record, action: 'edit', set: { headName: name } })
      if (dice.chance(0.2) && await undo(phone.book, row.id)) {
        if (!before) expect(await show(phone.book, 'u1', record)).toBeUndefined()
      } else {
        last.set(record, { phone, name, removed: before?.removed ?? false })
        ops++
      }
    } else if (what < 0.45 && mine.length > 0) {
      const record = dice.pick(mine)
      const removed = dice.chance(0.5)
      await save(phone.book, { unit: 'u1', kind: 'household', record, action: removed ? 'remove' : 'restore' })
      last.set(record, { ...last.get(record)!, removed })
      ops++
    } else if (what < 0.55) {
      await save(phone.book, { unit: 'u1', kind: 'household', record: shared, action: 'edit', set: { headName: `Chung ${step}` } })
      ops++
    } else if (what < 0.6) {
      await phone.reopen()
      kills++
    } else if (what < 0.62 && server.hashes.length > 2) {
      server.restore(server.hashes.length - 1 - dice.below(2))
      restores++
    } else if (what < 0.635) {
      await fine(server, async () => { await phone.beginEpoch() })
      epochs++
    } else if (what < 0.7) {
      // Killed while it sends: the database goes away under it.
      const sending = phone.sync().catch(() => 'killed')
      await new Promise(resolve => setTimeout(resolve, dice.below(8)))
      phone.book.close()
      await sending
      await phone.reopen()
      kills++
    } else if (await phone.sync() === 'forked') { // something of an earlier epoch is not in the ledger any more
      await fine(server, async () => { await phone.signInAgain() })
      lost++
    }
    for (const [record, l] of last) {
      if (!dice.chance(0.1)) continue
      const shown = await show(l.phone.book, 'u1', record)
      expect(shown?.record.fields.headName, `seed ${seed} step ${step}: a writer reads what it wrote`).toBe(l.name)
      expect(shown?.record.state === 'removed', `seed ${seed} step ${step}`).toBe(l.removed)
    }
  }
  server.weather = () => 'fine'
  for (let round = 0; round < 3; round++) {
    for (const phone of phones) {
      let end = await phone.sync()
      for (let again = 0; end === 'forked' && again < 4; again++) {
        await phone.signInAgain()
        lost++
        end = await phone.sync()
      }
      expect(end).toBe('done')
    }
  }
  const truth = server.records()
  for (const [record, l] of last) {
    expect(truth.get(record)?.fields.headName, `seed ${seed}: ${record} at the server`).toBe(l.name)
    expect(truth.get(record)?.state === 'removed').toBe(l.removed)
  }
  for (const phone of phones) {
    const held = new Map((await phone.book.db.getAll('records')).map(r => [r.id, r]))
    expect([...held.keys()].sort(), `seed ${seed}`).toEqual([...truth.keys()].sort())
    for (const [id, r] of truth) expect(held.get(id)!.fields).toEqual(r.fields)
    expect((await phone.ops()).every(o => o.waiting === 0)).toBe(true)
    const rows = await phone.book.db.getAll('rows')
    for (const row of rows) expect(row.name, `seed ${seed}: the index tells what the record says`).toBe((await show(phone.book, 'u1', row.id))!.record.fields.headName ?? '')
    expect(rows.map(r => r.id).sort()).toEqual([...truth.keys()].sort())
  }
  const names = server.entries.map(e => `${e.device}/${e.epoch}/${e.op.n}`)
  expect(new Set(names).size, `seed ${seed}: no counter twice`).toBe(names.length)
}

async function fine (server: DumbServer, run: () => Promise<void>): Promise<void> {
  const weather = server.weather
  server.weather = () => 'fine'
  await run()
  server.weather = weather
}

describe('against a dumb oracle', () => {
  it.each(seeds)('seed %d', async seed => { await play(seed) })
  it('has tried enough', () => {
    console.log(`${seeds.length} seeds: ${ops} ops, ${kills} kills, ${restores} restored backups, ${epochs} new epochs, ${lost} begun because a restore lost ops of an earlier one`)
    expect(ops).toBeGreaterThan(seeds.length * 20)
  })
})

import { expect, it } from 'vitest'
import type { UnitRow } from '../../lib/rows'
import { syncBook, type SyncOptions } from '../../lib/sync'
import { Phone } from './phone'
import { addHousehold, ownServer, recordsOf } from './realserver'

const server = ownServer()

/** One exchange: the units that it pulls, and those that it asks about along with them. */
async function exchange (phone: Phone, options: SyncOptions = {}): Promise<{ pulled: string[], named: string[] }> {
  const pulled: string[] = [], named: string[] = []
  phone.weather = request => {
    const url = new URL(request.url)
    if (!url.pathname.endsWith('/changes')) return 'fine'
    pulled.push(url.pathname.split('/')[3]!)
    named.push(...url.searchParams.getAll('also').map(text => text.split(':')[0]!))
    return 'fine'
  }
  expect(await syncBook(phone.book, options)).toBe('done')
  return { pulled, named }
}

it('finds nothing new with one request, and misses nothing', async () => {
  const { commune, villages } = server(), village = villages[0]!
  const a = await Phone.signedIn(server().url, 'truongthon'), b = await Phone.signedIn(server().url, 'mattran')
  await exchange(a)
  await addHousehold(a, village, 1)
  await exchange(b)

  expect((await exchange(a)).pulled, 'after a push of its own').toEqual([commune, village])
  expect(await exchange(a), 'nothing new').toEqual({ pulled: [commune], named: [village] })
  expect((await exchange(a, { force: true })).pulled, 'the person asks').toEqual([commune, village])

  await exchange(b)
  const id = await addHousehold(b, village, 2)
  await exchange(b)
  expect((await exchange(a)).pulled, 'another phone has written').toEqual([commune, village])
  expect((await recordsOf(a, village)).has(id)).toBe(true)
  expect((await exchange(a)).pulled).toEqual([commune])

  for (const clock of [61 * 60_000, -30 * 60_000]) { // the second lies more than an hour before the last pull
    a.clockOff = clock
    expect((await exchange(a)).pulled, 'an hour later, by whatever clock').toEqual([commune, village])
    expect((await exchange(a)).pulled).toEqual([commune])
  }

  const row = (await a.book.db.get('units', village))!
  const doubts: Partial<UnitRow>[] = [
    { tip: { seq: row.cursor!.seq, hash: row.cursor!.hash } }, { rebuild: {} }, { lastPull: undefined },
    { cursor: { ...row.cursor!, hash: '0'.repeat(64) }, heads: [] }, { view: 'reviewer-1' },
  ]
  for (const doubt of doubts) {
    await a.book.db.put('units', { ...row, ...doubt })
    expect((await exchange(a)).pulled, JSON.stringify(doubt)).toContain(village)
    await exchange(a)
    expect((await exchange(a)).pulled).toEqual([commune])
  }
})

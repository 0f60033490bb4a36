import fs from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { clockTime, dayFrom, formatDay, isDay, readDay } from '../../lib/days'
import { foldText, oneLetter, sortKey, toneLast } from '../../lib/fold'
import { search } from '../../lib/search'
import { giftId, newId, periodId } from '../../lib/ids'
import { formatMoney, moneyWords } from '../../lib/money'
import { phoneNumber, queryWords } from '../../lib/number'
import type { Row } from '../../lib/rows'

// The server's tests run the same file.
const vectors = JSON.parse(fs.readFileSync(new URL('../../../../sync/form/testdata/search.json', import.meta.url), 'utf8')) as {
  fold: { text: string, folded: string }[]
  query: { text: string, words: string[] }[]
  phones: { text: string, stored: string }[]
  orderOfPersons: string[]
  equalPersons: string[][]
  orderOfPlaces: string[]
}

describe('search and order, by the vectors of the server', () => {
  it.each(vectors.fold)('folds $text', ({ text, folded }) => {
    expect(foldText(text)).toBe(folded)
    expect(foldText(text.normalize('NFD'))).toBe(folded)
  })
  it.each(vectors.query)('reads the query $text', ({ text, words }) => { expect(queryWords(text)).toEqual(words) })
  it.each(vectors.phones)('stores $text', ({ text, stored }) => { expect(phoneNumber(text)).toBe(stored) })
  it('orders persons by the given name, as Vietnamese does', () => {
    const shuffled = [...vectors.orderOfPersons].reverse()
    expect(shuffled.sort((a, b) => (sortKey(a, true) < sortKey(b, true) ? -1 : 1))).toEqual(vectors.orderOfPersons)
  })
  it('orders places by their first word', () => {
    const shuffled = [...vectors.orderOfPlaces].reverse()
    expect(shuffled.sort((a, b) => (sortKey(a, false) < sortKey(b, false) ? -1 : 1))).toEqual(vectors.orderOfPlaces)
  })
  it.each(vectors.equalPersons)('takes %s for %s', (a, b) => { expect(sortKey(a, true)).toBe(sortKey(b, true)) })
})

describe('the search in lists', () => {
  const row = (name: string, more = ''): Row => ({
    unit: 'u', id: name, kind: 'household', name, words: ` ${foldText(`${name} ${more}`)} `, sort: sortKey(name, true), date: '', state: 'pending',
    marks: [], mine: true, updatedAt: '', brief: {}, refs: [],
  })
  const rows = [row('Hồ Văn Ba', 'H007 0905123456'), row('Hộ mẫu Bà'), row('Hồ Thị An')]
  it('finds words by their beginnings, without marks', () => {
    expect(search(rows, 'ho v').map(r => r.name)).toEqual(['Hồ Văn Ba'])
    expect(search(rows, 'h007').map(r => r.name)).toEqual(['Hồ Văn Ba'])
    expect(search(rows, '0905 123 456').map(r => r.name)).toEqual(['Hồ Văn Ba'])
  })
  it('puts the exact spelling first', () => { expect(search(rows, 'Hộ').map(r => r.name)[0]).toBe('Hộ mẫu Bà') })
  /** The search as it is said, without what earlier queries found. */
  function plain (of: Row[], query: string): Row[] {
    const found = of.filter(r => queryWords(query).every(word => r.words.includes(` ${word}`)))
    const spelled = (text: string): string => ` ${toneLast(oneLetter(text)).replace(/\s+/g, ' ').toLowerCase()} `
    const exact = /[^\u0000-\u007f]/u.test(query) ? found.filter(r => spelled(r.name).includes(spelled(query).trimEnd())) : found
    return [...exact, ...found.filter(r => !exact.includes(r))]
  }
  it('finds the same in the same order however a query came to be typed', () => {
    const pick = (list: string[], i: number): string => list[i % list.length]!
    const many = Array.from({ length: 400 }, (_, i) => row(`${pick(['Hồ', 'Hò', 'Hộ', 'Đinh', 'Lò', 'Hoà', 'Hòa'], i)} ${pick(['Thị', 'Thì', 'Văn'], i >> 1)} ${pick(['Mẫu', 'Mậu', 'Ba'], i >> 2)} ${i}`, `H${i} 09051234${10 + i % 90}`))
    const typed = ['hồ thị mẫu 12', 'hoà thị', 'hòa van m', '0905 123 412', '0905123412 ho', 'h1 thi', 'thị h', 'không có', 'mau ba', ' lò  văn ']
    for (const text of typed) {
      const steps = [...Array.from(text, (_, i) => text.slice(0, i + 1)), text.slice(0, 4), text.slice(2), text.slice(0, 2) + text.slice(5), text, '', text]
      for (const query of steps) expect(search(many, query).map(r => r.id), query).toEqual(plain(many, query).map(r => r.id))
    }
  })
  it('takes each part of the names apart once, however many have it', () => {
    const many = Array.from({ length: 3000 }, (_, i) => row(`${['Hồ', 'Hộ', 'Hò'][i % 3]} ${['Thị', 'Văn'][i % 2]} Mẫu Đếm ${i}`))
    const apart = vi.spyOn(String.prototype, 'normalize')
    try {
      expect(search(many, 'hồ').length).toBe(3000)
      expect(search(many, 'hồ thị').length).toBe(1500)
      expect(apart.mock.calls.length).toBeLessThan(30)
    } finally { apart.mockRestore() }
  })
})

describe('amounts', () => {
  it.each([
    [0, 'không đồng'], [5, 'năm đồng'], [10, 'mười đồng'], [15, 'mười lăm đồng'], [21, 'hai mươi mốt đồng'], [24, 'hai mươi tư đồng'],
    [25, 'hai mươi lăm đồng'], [104, 'một trăm linh bốn đồng'], [1500000, 'một triệu năm trăm nghìn đồng'], [300000, 'ba trăm nghìn đồng'],
    [1000005, 'một triệu không trăm linh năm đồng'], [1050000, 'một triệu không trăm năm mươi nghìn đồng'], [85000000, 'tám mươi lăm triệu đồng'],
    [1000000000, 'một tỷ đồng'], [2000300000, 'hai tỷ ba trăm nghìn đồng'],
    [1000000000000, 'một nghìn tỷ đồng'], [-2000000, 'âm hai triệu đồng'],
  ])('reads %d', (amount, words) => { expect(moneyWords(amount)).toBe(words) })
  it('writes thousands with dots', () => {
    expect(formatMoney(1500000)).toBe('1.500.000')
    expect(formatMoney(-42)).toBe('-42')
  })
})

describe('days', () => {
  it('knows days that exist', () => {
    expect(isDay('2026-02-30')).toBe(false)
    expect(dayFrom('29', '2', '2028')).toBe('2028-02-29')
    expect(dayFrom('31', '4', '2026')).toBeUndefined()
  })
  it('reads a day back', () => {
    expect(readDay('2026-11-20')).toBe('thứ sáu, 20/11/2026')
    expect(formatDay('2024-04-05')).toBe('5/4/2024')
  })
  it('tells moments as people do, in Việt Nam', () => {
    const now = Date.parse('2026-11-26T10:00:00Z')
    expect(clockTime('2026-11-26T07:05:00Z', now)).toBe('14:05 hôm nay')
    expect(clockTime('2026-11-25T07:05:00Z', now)).toBe('14:05 hôm qua')
    expect(clockTime('2026-11-25T17:30:00Z', now)).toBe('00:30 hôm nay')
    expect(clockTime('2026-11-20T07:05:00Z', now)).toBe('14:05 ngày 20/11')
    expect(clockTime('2025-11-20T07:05:00Z', now)).toBe('14:05 ngày 20/11/2025')
  })
})

describe('identities', () => {
  it('arrives at the period of the contract', async () => {
    expect(await periodId('21133-01-20040101', '2026-06-15', '2026-12-14')).toBe('16159a85-e851-5035-a386-5d7e5c886477')
  })
  it('makes the same gift on two phones, however the unit is named', async () => {
    const campaign = { unit: '21133-20040101', record: '0197c1b2-0400-7c12-8f00-3a9d5e6b7c01' }
    const household = '0197b3c4-2800-7d55-b2aa-90e1f4c3d212'
    expect(await giftId('u1', campaign, { record: household })).toBe(await giftId('u1', campaign, { unit: 'u1', record: household }))
    expect(await giftId('u1', campaign, { record: household })).not.toBe(await giftId('u2', campaign, { record: household }))
  })
  it('makes ids that sort by their time', () => {
    const a = newId(1_700_000_000_000), b = newId(1_700_000_000_001)
    expect(a < b).toBe(true)
    expect(a).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

import { describe, expect, test } from 'vitest'
import { inWords, numeral, replaceNumbers, rewritten, staleNumbers, type StaleNumber } from '../../desk/report/numbers'

const gifts: StaleNumber = { figure: 'gifts', label: 'Suất quà đã trao', unit: 'suất', was: 3021, now: 3038 }
const houses: StaleNumber = { figure: 'houses', label: 'Nhà', unit: 'căn', was: 3, now: 5 }
const money: StaleNumber = { figure: 'fund', label: 'Quỹ', unit: 'đ', was: 48686352, now: 50000000 }
const change = (text: string, stale: StaleNumber[]): string => replaceNumbers(text, staleNumbers(text, stale).filter(p => p.sure).map(place => ({ place, by: place.of[0]! })))

describe('numbers that have changed', () => {
  test('are replaced, and nothing else is', () => {
    expect(change('Đã trao 3.021 suất quà, Quỹ vận động 48.686.352 đồng.', [gifts, money])).toBe('Đã trao 3.038 suất quà, Quỹ vận động 50.000.000 đồng.')
    expect(change('Năm 2023 có 3 căn nhà ở thôn 3.', [houses])).toBe('Năm 2023 có 05 căn nhà ở thôn 3.')
    expect(change('Có 03 căn.', [houses])).toBe('Có 05 căn.')
    expect(change('- 3021 suất;\n- 3.021 suất', [gifts])).toBe('- 3.038 suất;\n- 3.038 suất')
  })
  test('below ten have two digits, as the server writes them; money and nothing do not', () => {
    const falls: StaleNumber = { figure: 'petitions', label: 'Đơn', unit: 'đơn', was: 12, now: 9 }
    expect(change('Đã nhận 12 đơn.', [falls])).toBe('Đã nhận 09 đơn.')
    expect(change('Đã nhận 12 đơn.', [{ ...falls, now: 0 }])).toBe('Đã nhận 0 đơn.')
    expect([1, 9, 10, 1284].map(n => numeral(n, 'suất'))).toEqual(['01', '09', '10', '1.284'])
    expect([numeral(9, 'đ'), numeral(0, 'suất')]).toEqual(['9', '0'])
    expect([inWords(9, 'suất'), inWords(5000, 'đ'), inWords(3, '')]).toEqual(['09 suất', '5.000 đồng', '03'])
  })
  test('are no part of days, fractions and longer numbers', () => {
    for (const text of ['ngày 3/4/2024', '12/3', '3,5 triệu', '1.3 lần', '13.021', '3.021.000', '103.021', 'số 30', '2,3']) expect(staleNumbers(text, [gifts, houses]), text).toEqual([])
  })
  test('at the end of a sentence are numbers', () => {
    expect(change('Đã trao 3.021.', [gifts])).toBe('Đã trao 3.038.')
    expect(change('Đã trao 3.021, trong đó có quà Tết.', [gifts])).toBe('Đã trao 3.038, trong đó có quà Tết.')
  })
  test('of two figures are asked about, unless their unit tells', () => {
    const meetings: StaleNumber = { figure: 'meetings', label: 'Đợt', unit: 'đợt', was: 3, now: 4 }
    const [place] = staleNumbers('Có 3 lần.', [houses, meetings])
    expect(place!.of).toEqual([houses, meetings])
    expect(place!.sure).toBe(false)
    expect(change('Có 3 đợt, 3 căn.', [houses, meetings])).toBe('Có 04 đợt, 05 căn.')
    expect(rewritten(meetings)).toBe('04')
  })
  test('of a figure and its only part are the same', () => {
    const poor: StaleNumber = { ...gifts, figure: 'gifts:poor', label: 'Hộ nghèo' }
    expect(staleNumbers('Đã trao 3.021 suất.', [gifts, poor])[0]!.of).toEqual([gifts])
    expect(change('Đã trao 3.021 suất.', [gifts, poor])).toBe('Đã trao 3.038 suất.')
    expect(change('Đã trao 3.021 suất.', [gifts, { ...poor, now: 3040 }])).toBe('Đã trao 3.021 suất.')
  })
  test('that are short and bare are left to the person', () => {
    expect(staleNumbers('Thôn 3 đã làm xong.', [houses])[0]!.sure).toBe(false)
    expect(change('Trao 3.021 lần, lại 3.021 lần.', [gifts])).toBe('Trao 3.021 lần, lại 3.021 lần.')
  })
})

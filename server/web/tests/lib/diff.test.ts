import { expect, test } from 'vitest'
import { wordDiff } from '../../desk/diff'

const marked = (a: string, b: string): string => wordDiff(a, b).map(p => (p.own ? `[${p.text}]` : p.text)).join('')

test('a difference shows word by word, and the text is whole', () => {
  expect(marked('Trao 2 suất quà tại nhà', 'Trao 3 suất quà tại nhà')).toBe('Trao [2] suất quà tại nhà')
  expect(marked('Trao quà tại nhà văn hóa', 'Trao quà tại nhà')).toBe('Trao quà tại nhà[ văn hóa]')
  expect(marked('Trao quà', 'Đã trao quà')).toBe('[Trao] quà')
  expect(marked('', 'x')).toBe('')
  expect(marked('x', '')).toBe('[x]')
  expect(marked('một  hai\nba', 'một  hai\nba')).toBe('một  hai\nba')
  for (const [a, b] of [['a b c d e', 'c a b e'], ['nhà ở thôn', 'thôn ở nhà']]) expect(wordDiff(a!, b!).map(p => p.text).join('')).toBe(a)
})
test('texts that are too long are left as they are', () => {
  const long = 'chữ '.repeat(3_000)
  expect(wordDiff(long, `${long}x`)).toEqual([{ text: long, own: false }])
})

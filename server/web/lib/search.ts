// Which rows a query finds, and in which order: the same as at the server (package form).
import { oneLetter, toneLast } from './fold'
import { queryWords } from './number'
import type { Row } from './rows'

/** Texts of all rows of a list one behind another, and where those of each row end. */
interface Joined { text: string, ends: Uint32Array }
/** What a search looks through: the rows' words, and their names as they are spelled. With it what was found last: a longer query looks through that alone. */
interface Prepared { words: Joined, names: Joined, last?: { words: string[], found: number[] } }
const prepared = new WeakMap<Row[], Prepared>()

function join (rows: Row[], textOf: (row: Row) => string): Joined {
  const ends = new Uint32Array(rows.length)
  let end = 0
  const text = rows.map((row, i) => { const one = textOf(row); ends[i] = end += one.length; return one }).join('')
  return { text, ends }
}

/** Puts together what a search looks through. The first query does it where nobody did before. */
export function prepareSearch (rows: Row[]): void { prepare(rows) }

function prepare (rows: Row[]): Prepared {
  let all = prepared.get(rows)
  if (!all) prepared.set(rows, all = { words: join(rows, row => row.words), names: join(rows, row => spelling(row.name)) })
  return all
}

/** Which rows hold a text that begins with a space, in one pass. No match lies across two rows, because each ends with a space. */
function holding ({ text, ends }: Joined, word: string): number[] {
  const found: number[] = []
  for (let at = text.indexOf(word), i = 0; at >= 0; at = text.indexOf(word, ends[i]!)) {
    while (ends[i]! <= at) i++
    found.push(i)
  }
  return found
}

/**
 * The rows that hold every word of a query, each as the beginning of a word. Those that hold the words with the
 * very marks that were typed come first, then the order of the rows.
 */
export function search (rows: Row[], query: string): Row[] {
  const words = queryWords(query).map(word => ' ' + word)
  if (words.length === 0) return rows
  const all = prepare(rows), { last } = all
  // The last word was just typed: it rules out the most.
  const newest = words.slice().reverse()
  const longer = last?.words.every(old => words.some(word => word.startsWith(old)))
  // One pass over all is quicker than row by row.
  let found = longer && last!.found.length * 2 <= rows.length ? last!.found : holding(all.words, newest.shift()!)
  for (const word of newest) found = found.filter(i => rows[i]!.words.includes(word))
  all.last = { words, found }
  if (/[^\u0000-\u007f]/u.test(query)) {
    const exact = new Uint8Array(rows.length)
    for (const i of holding(all.names, spelling(query.trim()).trimEnd())) exact[i] = 1
    found = found.filter(i => exact[i] === 1).concat(found.filter(i => exact[i] === 0))
  }
  return found.map(i => rows[i]!)
}

/** How the parts of names are spelled that have been asked for. Names share them, so each is taken apart once. */
const parts = new Map<string, string>()

/** Words with their marks, and one way of putting the tone: what was typed exactly counts for more. */
function spelling (text: string): string {
  const at = text.lastIndexOf(' ') // before it family and middle name, behind it the given name
  return at < 0 ? ` ${spelledPart(text)} ` : ` ${spelledPart(text.slice(0, at))} ${spelledPart(text.slice(at + 1))} `
}

function spelledPart (part: string): string {
  if (/^[a-z\d]*$/i.test(part)) return part.toLowerCase()
  let spelled = parts.get(part)
  if (spelled === undefined) parts.set(part, spelled = toneLast(oneLetter(part)).replace(/\s+/g, ' ').trimEnd().toLowerCase())
  return spelled
}

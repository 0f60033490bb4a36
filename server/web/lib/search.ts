// Which rows a query finds, and in which order: the same as at the server (package form).
import { oneLetter, toneLast } from './fold'
import { queryWords } from './number'
import type { Row } from './rows'

/** What was last searched for in a list, what it found, and how its names are spelled: a longer query looks through that alone. */
interface Last { words: string[], found: Row[], spelled: Map<string, string> }
const lasts = new WeakMap<Row[], Last>()

/** The words of all rows of a list one behind another, and where those of each row end. */
interface Joined { text: string, ends: Uint32Array }
const joined = new WeakMap<Row[], Joined>()

/** Puts together what a search looks through. The first query does it where nobody did before. */
export function prepareSearch (rows: Row[]): void {
  if (joined.has(rows)) return
  const ends = new Uint32Array(rows.length)
  let end = 0
  const text = rows.map((row, i) => { ends[i] = end += row.words.length; return row.words }).join('')
  joined.set(rows, { text, ends })
}

/** The rows that hold a word, in one pass over the words of all. No match lies across two rows, because words end with a space. */
function holding (rows: Row[], word: string): Row[] {
  prepareSearch(rows)
  const { text, ends } = joined.get(rows)!, found: Row[] = []
  for (let at = text.indexOf(word), i = 0; at >= 0; at = text.indexOf(word, ends[i]!)) {
    while (ends[i]! <= at) i++
    found.push(rows[i]!)
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
  const last = lasts.get(rows)
  // The last word was just typed: it rules out the most.
  const newest = words.slice().reverse()
  let found = last?.words.every(old => words.some(word => word.startsWith(old))) ? last.found : rows
  if (found.length * 2 > rows.length) found = holding(rows, newest.shift()!) // one pass over all is quicker than row by row
  for (const word of newest) found = found.filter(row => row.words.includes(word))
  const spelled = last?.spelled ?? new Map<string, string>()
  lasts.set(rows, { words, found, spelled })
  if (!/[^\u0000-\u007f]/u.test(query)) return found
  const typed = spelling(query).trimEnd(), exact: Row[] = [], rest: Row[] = []
  for (const row of found) {
    let name = spelled.get(row.name)
    if (name === undefined) spelled.set(row.name, name = spelling(row.name))
    ;(name.includes(typed) ? exact : rest).push(row)
  }
  return exact.concat(rest)
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

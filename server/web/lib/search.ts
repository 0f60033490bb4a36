// Which rows a query finds, and in which order: the same as at the server (package form).
import { oneLetter, toneLast } from './fold'
import { queryWords } from './number'
import type { Row } from './rows'

/** What was last searched for in a list, what it found, and how its names are spelled: a longer query looks through that alone. */
interface Last { words: string[], found: Row[], spelled: Map<string, string> }
const lasts = new WeakMap<Row[], Last>()

/**
 * The rows that hold every word of a query, each as the beginning of a word. Those that hold the words with the
 * very marks that were typed come first, then the order of the rows.
 */
export function search (rows: Row[], query: string): Row[] {
  const words = queryWords(query).map(word => ' ' + word)
  if (words.length === 0) return rows
  const last = lasts.get(rows)
  let found = last?.words.every(old => words.some(word => word.startsWith(old))) ? last.found : rows
  // The last word was just typed: it rules out the most.
  for (const word of words.slice().reverse()) found = found.filter(row => row.words.includes(word))
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

/** Words with their marks, and one way of putting the tone: what was typed exactly counts for more. */
function spelling (text: string): string {
  return ' ' + toneLast(oneLetter(text)).replace(/\s+/g, ' ').toLowerCase() + ' '
}

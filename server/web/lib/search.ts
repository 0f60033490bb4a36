// Which rows a query finds, and in which order: the same as at the server (package form).
import { oneLetter, toneLast } from './fold'
import { queryWords } from './number'
import type { Row } from './rows'

/**
 * The rows that hold every word of a query, each as the beginning of a word. Those that hold the words with the
 * very marks that were typed come first, then the order of the rows.
 */
export function search (rows: Row[], query: string): Row[] {
  const words = queryWords(query).map(word => ' ' + word)
  if (words.length === 0) return rows
  const found = rows.filter(row => words.every(word => row.words.includes(word)))
  if (!/[^\u0000-\u007f]/u.test(query)) return found
  const typed = spelling(query).trimEnd()
  const exact = found.filter(row => spelling(row.name).includes(typed))
  if (exact.length === 0 || exact.length === found.length) return found
  const first = new Set(exact)
  return [...exact, ...found.filter(row => !first.has(row))]
}

/** Words with their marks, and one way of putting the tone: what was typed exactly counts for more. */
function spelling (text: string): string {
  return ' ' + toneLast(oneLetter(text)).replace(/\s+/g, ' ').toLowerCase() + ' '
}

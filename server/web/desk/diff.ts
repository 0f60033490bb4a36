// What differs between two texts, word by word.

export interface Piece { text: string, own: boolean }

/** Beyond so many words nobody reads a difference word by word, and it takes long. */
const most = 2_000

const words = (text: string): string[] => text.match(/\s+|[^\s]+/g) ?? []

/** A text in pieces: those that another text has too, and its own. */
export function wordDiff (text: string, other: string): Piece[] {
  const a = words(text), b = words(other)
  if (a.length > most || b.length > most) return [{ text, own: false }]
  // The longest common subsequence: common[i][j] is its length behind word i of a and word j of b.
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i]![j] = a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!)
    }
  }
  const pieces: Piece[] = []
  const add = (word: string, own: boolean): void => {
    const last = pieces.at(-1)
    if (last?.own === own) last.text += word
    else pieces.push({ text: word, own })
  }
  for (let i = 0, j = 0; i < a.length;) {
    if (j < b.length && a[i] === b[j]) { add(a[i]!, false); i++; j++ } else if (j < b.length && common[i + 1]![j]! < common[i]![j + 1]!) j++
    else add(a[i++]!, true)
  }
  return pieces
}

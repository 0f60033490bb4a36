// Lists that were typed in the fonts of before Unicode: TCVN3 (ABC, .VnTime) and VNI (VNI-Times). Their letters are
// others' letters, so “Nguyễn” is read as “NguyÔn” or “Nguyeãn”. What a list is in is told by its words: only in the
// right code are they Vietnamese.

/** The letters of TCVN3 from byte A1 on; "?" where it has none, or a mark by itself. */
const tcvn3 = 'ĂÂÊÔƠƯĐăâêôơưđẰ?????àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵ'
/** What stands in VNI behind a letter: a tone, or a hat with or without one. */
const marks: Record<string, string> = {
  'ù': '\u0301', 'ø': '\u0300', 'û': '\u0309', 'õ': '\u0303', 'ï': '\u0323',
  'â': '\u0302', 'á': '\u0302\u0301', 'à': '\u0302\u0300', 'å': '\u0302\u0309', 'ã': '\u0302\u0303', 'ä': '\u0302\u0323',
  'ê': '\u0306', 'é': '\u0306\u0301', 'è': '\u0306\u0300', 'ú': '\u0306\u0309', 'ü': '\u0306\u0303', 'ë': '\u0306\u0323',
}
/** Its letters that are one character. */
const letters: Record<string, string> = { 'ñ': 'đ', 'ô': 'ơ', 'ö': 'ư', 'í': 'í', 'ì': 'ì', 'æ': 'ỉ', 'ó': 'ĩ', 'ò': 'ị', 'î': 'ỵ' }

const isUpper = (c: string): boolean => c !== c.toLowerCase()
const cased = (of: string, like: string): string => (isUpper(like) ? of.toUpperCase() : of)

function fromTcvn3 (text: string): string {
  const plain = text.replace(/[\u00a1-\u00fe]/g, c => { const is = tcvn3[c.charCodeAt(0) - 0xa1]!; return is === '?' ? c : is })
  // The capitals of its fonts are small letters in another dress.
  return plain.replace(/[\p{L}]+/gu, word => (/[A-Z].*[A-Z]/.test(word) && !/[a-z]/.test(word) ? word.toUpperCase() : word))
}

function fromVni (text: string): string {
  return text.replace(/([aeouyAEOUYôöÔÖ])([ùøûõïâáàåãäêéèúüëÙØÛÕÏÂÁÀÅÃÄÊÉÈÚÜË])|([ñôöíìæóòîÑÔÖÍÌÆÓÒÎ])/g, (_all, base: string | undefined, mark: string | undefined, single: string | undefined) => {
    if (single !== undefined) return cased(letters[single.toLowerCase()]!, single)
    const letter = letters[base!.toLowerCase()]
    return (letter === undefined ? base! : cased(letter, base!)) + marks[mark!.toLowerCase()]!
  }).normalize('NFC')
}

const onset = '(?:ngh?|nh|kh|gh|gi|ch|th|tr|ph|qu|[bcdđghklmnprstvx])?'
const nucleus = '(?:oai|oay|oao|oeo|oa|oă|oe|uyê|uya|uyu|uây|uôi|uê|uơ|uy|uâ|uô|ua|ui|ưa|ươi|ươu|ươ|ưi|ưu|iêu|iê|ia|iu|yêu|yê|ai|ay|ao|au|âu|ây|eo|êu|oi|ôi|ơi|[aăâeêioôơuưy])'
const syllable = new RegExp(`^${onset}${nucleus}(?:ng|nh|ch|[cmnpt])?$`)
const tones = /[\u0300\u0301\u0303\u0309\u0323]/g

function isVietnamese (word: string): boolean {
  const apart = word.toLowerCase().normalize('NFD')
  return (apart.match(tones) ?? []).length <= 1 && syllable.test(apart.replace(tones, '').normalize('NFC'))
}

const wordsOf = (text: string): string[] => text.split(/[\s\d.,;:()/\\"'“”?!_+-]+/).filter(w => /[^\x00-\x7f]/.test(w))
/** What only Unicode has: a text with it is not of an older code. */
const modern = /[ăđĩũơưĂĐĨŨƠƯ\u0300-\u0323\u1ea0-\u1ef9]/
/**
 * What an older code makes of a Vietnamese word: letters of Latin-1, or a sign of it behind a letter. In “80m²”, “30°”
 * and “½” is no such word.
 */
const telling = /[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]|\p{L}[\u00a1-\u00af\u00b1\u00b4-\u00bf]/u
const share = (words: string[]): number => words.filter(isVietnamese).length / words.length

export type Code = '' | 'TCVN3' | 'VNI' | 'unknown'
const codes = { TCVN3: fromTcvn3, VNI: fromVni }
const enough = 5 // words by which a list is judged as unreadable

/**
 * A list in Unicode, and what it was in before; `unknown` where its letters are of no code that is known here. A row
 * with a cell that is Vietnamese in Unicode has foreign names beside it: only more rows without one make a list unknown.
 */
export function modernize (rows: string[][]): { rows: string[][], code: Code } {
  const old = [...new Set(rows.flat().filter(cell => !modern.test(cell) && /[\u00a1-\u00ff]/.test(cell)))]
  const words = old.flatMap(wordsOf).filter(word => telling.test(word))
  if (words.length === 0 || share(words) > .5) return { rows, code: '' }
  const [code, good] = (['TCVN3', 'VNI'] as const).map(c => [c, share(words.flatMap(word => wordsOf(codes[c](word))))] as const).sort((a, b) => b[1] - a[1])[0]!
  if (good < .8) {
    const readable = rows.filter(row => row.some(cell => modern.test(cell)))
    const garbled = rows.filter(row => !readable.includes(row) && row.some(cell => wordsOf(cell).some(word => telling.test(word))))
    return { rows, code: words.length >= enough && garbled.length > readable.length ? 'unknown' : '' }
  }
  const known = new Set(old)
  return { code, rows: rows.map(row => {
    const beside = row.some(cell => modern.test(cell)) // a row with letters of Unicode has cells that may be read both ways in it too
    return row.map(cell => {
      if (!known.has(cell) || (beside && share(wordsOf(cell)) === 1)) return cell
      const now = codes[code](cell)
      return wordsOf(now).length === 0 || share(wordsOf(now)) >= share(wordsOf(cell)) ? now : cell
    })
  }) }
}

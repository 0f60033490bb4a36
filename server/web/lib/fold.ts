// What Vietnamese text is searched and ordered by, the same as the server's (package form).

/**
 * Brings text to what it is searched by: lower case, without tone and vowel marks, đ as d, and everything but
 * a-z and 0-9 turned into single spaces. hoà and hòa both give hoa, in NFC and in NFD.
 */
export function foldText (text: string): string {
  return text.normalize('NFKD').replace(/[\p{Mn}\p{Cf}]/gu, '').toLowerCase()
    .replace(/[\p{Mn}\p{Cf}]/gu, '').replace(/[đðɖ]/g, 'd').replaceAll('ƣ', 'u').replace(/[^a-z0-9]+/g, ' ').trim()
}

/** Letters that old fonts gave for others. */
export const oneLetter = (text: string): string => text.replace(/[ÐƉ]/g, 'Đ').replace(/[ðɖ]/g, 'đ').replaceAll('ƣ', 'ư').replaceAll('Ƣ', 'Ư')

const tones = '\u0300\u0309\u0303\u0301\u0323' // huyền, hỏi, ngã, sắc, nặng: their order in Vietnamese
const letters = 'aăâbcdđeêfghijklmnoôơpqrstuưvwxyz'
const horned: Record<string, string> = { 'a\u0306': 'ă', 'a\u0302': 'â', 'e\u0302': 'ê', 'o\u0302': 'ô', 'o\u031b': 'ơ', 'u\u031b': 'ư' }

/**
 * The key by which names sort: compared as plain strings, keys order as Vietnamese does. Persons go by the last
 * word, the given name, then by the rest. Letters decide before tones, and tones before upper and lower case;
 * where in a syllable the tone mark was put makes no difference.
 */
export function sortKey (text: string, person: boolean): string {
  const words = oneLetter(text).split(/\s+/u).filter(word => word !== '')
  if (words.length === 0) return ''
  if (!person) return wordsKey(words)
  return wordsKey(words.slice(-1)) + '\u0001' + wordsKey(words.slice(0, -1))
}

function wordsKey (words: string[]): string {
  let first = '', second = '', third = ''
  for (const word of words) {
    if (first !== '') first += ' '
    let tone = '0', cases = ''
    for (const letter of word.normalize('NFD').replace(/[aeou][\u0300\u0309\u0303\u0301\u0323]*[\u0306\u0302\u031b]/giu, joined)) {
      const i = tones.indexOf(letter)
      if (i >= 0) { tone = String(i + 1); continue }
      const low = letter.toLowerCase()
      const at = letters.indexOf(low)
      if (at >= 0) first += String.fromCharCode(0x100 + at)
      else if (low >= '0' && low <= '9') first += low
      else if (/\p{Mn}/u.test(low)) second += low
      else first += low < 'a' ? low : '\u0200' + low
      cases += low === letter ? '0' : '1'
    }
    second += tone
    third += cases
  }
  return `${first}\u0002${second}\u0002${third}`
}

/** Joins a vowel and its second mark, whatever stands between, and puts the tone behind. */
function joined (cluster: string): string {
  const base = cluster[0]!, low = base.toLowerCase()
  const made = horned[low + cluster.at(-1)!]
  if (!made) return cluster
  return (base === low ? made : made.toUpperCase()) + cluster.slice(1, -1)
}

/** Moves the tone mark of each word to its end, where hòa and hoà are the same. */
export function toneLast (text: string): string {
  return text.normalize('NFD').replace(/\S*[\u0300\u0309\u0303\u0301\u0323]\S*/g, word =>
    word.replace(/[\u0300\u0309\u0303\u0301\u0323]/g, '') + word.replace(/[^\u0300\u0309\u0303\u0301\u0323]/g, ''))
}

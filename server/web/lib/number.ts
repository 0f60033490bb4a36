// Telephone and identity numbers, in the one form in which the server stores them (package form), and amounts as they
// are shown; lib/money reads and words them.
import { foldText } from './fold'

const mobile: Record<string, string> = {
  '0120': '070', '0121': '079', '0122': '077', '0126': '076', '0128': '078',
  '0123': '083', '0124': '084', '0125': '085', '0127': '081', '0129': '082',
  '0162': '032', '0163': '033', '0164': '034', '0165': '035', '0166': '036', '0167': '037', '0168': '038', '0169': '039',
  '0186': '056', '0188': '058', '0199': '059',
}

/** Drops what people put between the digits of a number. */
export const joined = (text: string): string => text.replace(/[.\-()\s\p{Cf}\p{Pd}]/gu, '')

/**
 * A telephone number as it is stored: digits from the leading 0, and abroad + and the digits. Mobile numbers of 11
 * digits get the prefixes of 2018. What is no number stays as it is.
 */
export function phoneNumber (text: string): string {
  let digits = joined(text)
  const abroad = digits.startsWith('+')
  if (abroad) digits = digits.slice(1)
  if (!/^[0-9]+$/.test(digits)) return text
  if (digits.startsWith('0084')) digits = '0' + digits.slice(4).replace(/^0/, '')
  else if (digits.startsWith('84') && (abroad || digits.length === 11 || digits.length === 12)) digits = '0' + digits.slice(2).replace(/^0/, '')
  else if (abroad) return '+' + digits
  const newer = digits.length === 11 ? mobile[digits.slice(0, 4)] : undefined
  return newer ? newer + digits.slice(4) : digits
}

/** A number by which records are found and compared: digits only. */
export const digitsOf = (text: string): string => foldText(text).replaceAll(' ', '')

const grouped = /\+?[0-9]+\)?(?:[\s.-]{1,2}\(?[0-9]+\)?)*/gu
const writtenDay = /^[0-9]{1,2}[.-][0-9]{1,2}[.-][0-9]{4}$/

/** The words of a query, folded; a telephone or identity number is one word, however it is grouped. */
export function queryWords (query: string): string[] {
  const text = query.replace(grouped, found => {
    const digits = joined(found)
    const n = digits.length
    if (n < 6 || writtenDay.test(found) || (!/^[0+]/.test(digits) && n !== 9 && n !== 11 && n !== 12)) return found
    return digits.startsWith('0') && n === 12 ? ` ${digits} ` : ` ${phoneNumber(found)} `
  })
  const folded = foldText(text)
  return folded === '' ? [] : folded.split(' ')
}

/** 1500000 as "1.500.000". */
export function formatMoney (amount: number): string {
  const digits = String(Math.abs(Math.trunc(amount))).replace(/\B(?=(\d{3})+$)/g, '.')
  return amount < 0 ? `-${digits}` : digits
}

export { formatMoney } from './number'

const units = ['không', 'một', 'hai', 'ba', 'bốn', 'năm', 'sáu', 'bảy', 'tám', 'chín']

/** 1500000 as "một triệu năm trăm nghìn đồng". */
export function moneyWords (amount: number): string {
  return `${numberWords(amount)} đồng`
}

/** A whole number in words, as it is read in Vietnamese. */
export function numberWords (n: number): string {
  if (n < 0) return `âm ${numberWords(-n)}`
  if (n === 0) return 'không'
  const tỷ = Math.floor(n / 1e9), rest = n % 1e9
  if (tỷ > 0) return [`${numberWords(tỷ)} tỷ`, ...(rest > 0 ? [below(rest, true)] : [])].join(' ')
  return below(rest, false)
}

/** Reads what is below a thousand million; `full` reads leading noughts, because something stands before it. */
function below (n: number, full: boolean): string {
  const words: string[] = []
  let before = full
  for (const [value, name] of [[1e6, 'triệu'], [1e3, 'nghìn'], [1, '']] as const) {
    const group = Math.floor(n / value) % 1000
    if (group === 0) continue
    // Whole groups of noughts are passed over, and the hundreds of the next group are read.
    words.push(three(group, before), name)
    before = true
  }
  return words.filter(w => w !== '').join(' ')
}

function three (n: number, full: boolean): string {
  const hundreds = Math.floor(n / 100), tens = Math.floor(n / 10) % 10, ones = n % 10
  const words: string[] = []
  if (hundreds > 0 || full) words.push(units[hundreds]!, 'trăm')
  if (tens === 0 && ones > 0 && words.length > 0) words.push('linh')
  if (tens === 1) words.push('mười')
  if (tens > 1) words.push(units[tens]!, 'mươi')
  if (ones > 0) words.push(tens > 1 && ones === 1 ? 'mốt' : tens > 0 && ones === 5 ? 'lăm' : tens > 1 && ones === 4 ? 'tư' : units[ones]!)
  return words.join(' ')
}

// Values that one form hands to the next. They stay in memory: addresses end up in the history.
import type { Fields } from '../lib/contract'

let kept: Fields | undefined

export function handOver (set: Fields): void { kept = set }

export function takeOver (): Fields | undefined {
  const set = kept
  kept = undefined
  return set
}

// Whether this machine is the office's, and several people use it: then nobody's session outlives the page.
import { env } from './desk.svelte'

const name = 'sothon-desk-shared'

export const isShared = (): boolean => localStorage.getItem(name) === '1'

export function setShared (shared: boolean): void {
  if (shared) localStorage.setItem(name, '1')
  else localStorage.removeItem(name)
  env.volatile = shared
}

// Keys that are one character act unless the person switched them off on this machine (WCAG 2.1.4).
const name = 'sothon-desk-keys-off'

class Letters {
  off = $state(localStorage.getItem(name) === '1')

  switch (off: boolean): void {
    this.off = off
    if (off) localStorage.setItem(name, '1')
    else localStorage.removeItem(name)
  }

  /** Whether a key is a single character that is switched off. Arrows, Enter and keys with Ctrl or Alt always act. */
  silent (e: KeyboardEvent): boolean {
    return this.off && !e.ctrlKey && !e.altKey && !e.metaKey && /^(Key[A-Z]|Digit\d|Slash)$/.test(e.code)
  }
}

export const letters = new Letters()

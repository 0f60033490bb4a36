// Keys that are one character act unless the person switched them off on this machine (WCAG 2.1.4).
const name = 'sothon-desk-keys-off'

class Letters {
  off = $state(localStorage.getItem(name) === '1')

  switch (off: boolean): void {
    this.off = off
    if (off) localStorage.setItem(name, '1')
    else localStorage.removeItem(name)
  }

  /**
   * Whether a key does nothing: below an open dialog none does, wherever the focus is, and single characters do not
   * where they are switched off. Arrows, Enter and keys with Ctrl or Alt act then too.
   */
  silent (e: KeyboardEvent): boolean {
    if (document.querySelector('dialog[open]')) return true
    return this.off && !e.ctrlKey && !e.altKey && !e.metaKey && /^(Key[A-Z]|Digit\d|Slash)$/.test(e.code)
  }
}

export const letters = new Letters()

// What the person has set on this phone. It holds for everybody who uses it.

const names = { size: 'sothon.size', lock: 'sothon.lockMinutes', install: 'sothon.installAsked', version: 'sothon.version' } as const

function read (name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null // storage is blocked: the settings of a new phone hold
  }
}

function write (name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch { /* full or blocked: it holds until the app is closed */ }
}

export const settings = {
  get size (): string { return read(names.size) ?? 'normal' },
  set size (value: string) {
    write(names.size, value)
    document.documentElement.dataset.size = value
  },
  /** Minutes away after which the PIN is asked for. */
  get lockMinutes (): number { return Math.min(60, Math.max(1, Number(read(names.lock) ?? 10) || 10)) },
  set lockMinutes (value: number) { write(names.lock, String(value)) },
  get installAsked (): boolean { return read(names.install) !== null },
  set installAsked (_: boolean) { write(names.install, '1') },
  /** The version that was in use last time, to say that a new one is. */
  get version (): string | null { return read(names.version) },
  set version (value: string | null) { write(names.version, value ?? '') },
}

// Locks the screen when nobody has touched it for a while. It hides what is shown, and encrypts nothing.
const limit = 20 * 60_000
const checkEvery = 15_000
const noteEvery = 30_000
const name = 'sothon-desk-seen'

class Idle {
  locked = $state(false)
  private last = 0
  private noted = 0

  /** Somebody has just proved who they are. */
  begin (): void {
    this.locked = false
    this.touch()
  }

  private touch (): void {
    if (this.locked) return
    this.last = Date.now()
    if (this.last - this.noted < noteEvery && this.last >= this.noted) return
    this.noted = this.last
    localStorage.setItem(name, String(this.last)) // so that a reload opens no locked screen
  }

  /** Watches until it is stopped. What was locked before a reload, or left long ago, is locked at once. */
  start (): () => void {
    const seen = Number(localStorage.getItem(name) ?? 0)
    this.last = seen > 0 ? seen : Date.now()
    const touch = (): void => { this.touch() }
    const check = (): void => {
      if (Date.now() - this.last < limit) return
      this.locked = true
      localStorage.setItem(name, '1')
    }
    check()
    const events = ['pointerdown', 'keydown', 'wheel'] as const
    for (const e of events) window.addEventListener(e, touch, { capture: true, passive: true })
    const timer = setInterval(check, checkEvery)
    return () => {
      clearInterval(timer)
      for (const e of events) window.removeEventListener(e, touch, { capture: true })
    }
  }
}

export const idle = new Idle()

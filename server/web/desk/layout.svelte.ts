// How the desk is laid out on this machine: how high rows are, and how wide the panel beside a list is.
const kept = { rows: 'sothon-desk-rows', panel: 'sothon-desk-panel' }

export type Density = 'loose' | 'middle' | 'tight'
/** What stands above and below the text of a row: rows of 44, 36 and 30 pixels. */
const room: Record<Density, number> = { loose: 9.5, middle: 5.5, tight: 2.5 }
export const densities = Object.keys(room) as Density[]

export const panelBounds = { least: 360, own: 480, most: 900 }
const beside = 184 + 400 // the navigation, and what is left to the list at least; the page's own style has the same
const clamp = (width: number): number => Math.round(Math.max(panelBounds.least, Math.min(width, panelBounds.most, window.innerWidth - beside)))

class Layout {
  density = $state<Density>(densities.find(d => d === localStorage.getItem(kept.rows)) ?? 'middle')
  panel = $state(panelBounds.own)

  constructor () {
    const width = Number(localStorage.getItem(kept.panel))
    if (width > 0) this.panel = clamp(width)
    this.apply()
  }

  setDensity (density: Density): void {
    this.density = density
    localStorage.setItem(kept.rows, density)
    this.apply()
  }

  /** How wide the panel is in the window as it is now: the width that was chosen stays for a wider one. */
  get shown (): number { return clamp(this.panel) }

  /** Widths beyond the bounds are cut to them. */
  setPanel (width: number): void {
    this.panel = clamp(width)
    localStorage.setItem(kept.panel, String(this.panel))
    this.apply()
  }

  private apply (): void {
    const { style } = document.documentElement
    style.setProperty('--cell', `${room[this.density]}px`)
    style.setProperty('--panel', `${this.panel}px`)
  }
}

export const layout = new Layout()

// After how many days without a word a village is marked, amber and then red, as chosen on this machine.
const name = 'sothon-desk-silence'
const own = { amber: 7, red: 14 }
const most = 365

const good = (amber: number, red: number): boolean => Number.isInteger(amber) && Number.isInteger(red) && amber >= 1 && amber < red && red <= most

class Silence {
  amber = $state(own.amber)
  red = $state(own.red)

  constructor () {
    const [amber = 0, red = 0] = (localStorage.getItem(name) ?? '').split(' ').map(Number)
    if (good(amber, red)) Object.assign(this, { amber, red })
  }

  /** Keeps the choice. False where it is none: both are days, and red comes after amber. */
  set (amber: number, red: number): boolean {
    if (!good(amber, red)) return false
    Object.assign(this, { amber, red })
    localStorage.setItem(name, `${amber} ${red}`)
    return true
  }

  mark (days: number): 'red' | 'amber' | '' { return days >= this.red ? 'red' : days >= this.amber ? 'amber' : '' }
}

export const silence = new Silence()

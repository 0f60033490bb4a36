// The sentences with which records are returned, kept on this machine where somebody asked for it.
const name = 'sothon-desk-notes'
const most = 8

function read (): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(name) ?? '[]')
    return Array.isArray(kept) ? kept.filter((t): t is string => typeof t === 'string').slice(0, most) : []
  } catch { return [] }
}

class Notes {
  own = $state.raw(read())

  keep (text: string): void { this.set([text, ...this.own.filter(t => t !== text)].slice(0, most)) }
  drop (text: string): void { this.set(this.own.filter(t => t !== text)) }

  private set (list: string[]): void {
    this.own = list
    localStorage.setItem(name, JSON.stringify(list))
  }
}

export const notes = new Notes()

// The address is the state of the screen: a reload, Back and a pasted link show the same.
const base = '/desk/'

class Route {
  page = $state('')
  query = $state.raw(new URLSearchParams())

  constructor () {
    this.read()
    window.addEventListener('popstate', () => { this.read() })
  }

  private read (): void {
    this.page = location.pathname.slice(base.length).replace(/\/$/, '')
    this.query = new URLSearchParams(location.search)
  }

  get (name: string): string { return this.query.get(name) ?? '' }

  href (page: string, query: Record<string, string> = {}): string {
    const q = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== '')).toString()
    return base + page + (q ? `?${q}` : '')
  }

  go (page: string, query: Record<string, string> = {}): void {
    history.pushState(null, '', this.href(page, query))
    this.read()
  }

  /** What makes a link of an element: a click opens the page here; with Ctrl or Shift it opens a tab or a window, as links do. */
  link (page: string, query: Record<string, string> = {}): { href: string, onclick: (e: MouseEvent) => void } {
    return {
      href: this.href(page, query),
      onclick: e => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return
        e.preventDefault()
        this.go(page, query)
      },
    }
  }

  /** Changes parts of the query of this page. */
  set (parts: Record<string, string>, replace = false): void {
    const next = { ...Object.fromEntries(this.query), ...parts }
    history[replace ? 'replaceState' : 'pushState'](null, '', this.href(this.page, next))
    this.read()
  }
}

export const route = new Route()

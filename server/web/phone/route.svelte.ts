// Where the person is. Routes are hashes, so that everything opens without a network.

export interface Route { path: string[], query: URLSearchParams }

function read (): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?')
  return { path: path.split('/').filter(part => part !== '').map(decodeURIComponent), query: new URLSearchParams(query) }
}

class Router {
  now = $state.raw<Route>(read())
  /** Steps inside the app since it was opened: without any, back goes to the parent screen. */
  private steps = 0
  constructor () {
    addEventListener('hashchange', () => {
      this.now = read()
      this.steps++
      scrollTo(0, 0)
    })
  }

  go (path: string): void { location.hash = path }

  /** Goes on without leaving this screen in the history. It takes a path or, like go, what `to` gives. */
  replace (path: string): void { location.replace(`#${path.replace(/^#/, '')}`) }

  back (parent: string): void {
    if (this.steps > 0) history.back()
    else this.replace(parent)
  }
}

export const router = new Router()

/** The address of a screen. */
export const to = (...parts: string[]): string => `#/${parts.map(encodeURIComponent).join('/')}`

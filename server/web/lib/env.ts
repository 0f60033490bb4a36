/** What the library needs of its surroundings. Tests put in their own. */
export interface Env {
  /** Stands before each path of the API; "" in the apps, which come from the same server. */
  base: string
  fetch: (request: Request) => Promise<Response>
  /** The value of Sothon-Client. */
  client: string
  /** Milliseconds of this device's clock. */
  now: () => number
  /** Begins the names of databases, locks and channels: two environments with different ones are two phones. */
  prefix: string
  /** Sessions are kept in memory alone: a machine that several people use. A reload asks for the password again. */
  volatile?: boolean
}

declare const __APP_VERSION__: string
export const appVersion = typeof __APP_VERSION__ === 'string' ? __APP_VERSION__ : '1.0.0'

export const browserEnv: Env = {
  base: '',
  fetch: request => fetch(request),
  client: `sothon-web/${appVersion}`,
  now: () => Date.now(),
  prefix: 'sothon',
}

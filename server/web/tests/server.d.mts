export const password: string
export class Server {
  static start (options?: { port?: number, flags?: string[] }): Promise<Server>
  readonly url: string
  readonly port: number
  readonly dir: string
  readonly db: string
  readonly commune: string
  readonly villages: string[]
  readonly users: Record<string, string>
  unit (...flags: string[]): string
  user (username: string, name: string, role: string, units: string): string
  up (): Promise<void>
  down (signal?: NodeJS.Signals): Promise<void>
  backup (): string
  restore (from: string): void
  stop (): Promise<void>
  logged (): string
}

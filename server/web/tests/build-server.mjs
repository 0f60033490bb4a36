// Builds the real server once for all tests.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url))
export const binary = fileURLToPath(new URL('./out/server', import.meta.url))

export default function setup () {
  execFileSync('go', ['build', '-o', binary, './server'], { cwd: root, stdio: 'inherit' })
}

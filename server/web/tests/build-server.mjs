// Builds the real server once for all tests.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url))
export const binary = process.env.SOTHON_TEST_SERVER ?? fileURLToPath(new URL('./out/server', import.meta.url))

export default function setup () {
  if (!process.env.SOTHON_TEST_SERVER) execFileSync('go', ['build', '-o', binary, './server'], { cwd: root, stdio: 'inherit' })
}

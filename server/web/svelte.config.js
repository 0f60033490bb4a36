import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const components = ['ui', 'phone', 'desk'].flatMap(dir => fs.readdirSync(path.join(root, dir), { recursive: true })
  .filter(file => file.endsWith('.svelte')).map(file => path.join(root, dir, file)).sort())

/** The class of a component's own styles: its number, which is shorter than a hash. No class of ours begins with a capital. */
function cssHash ({ filename, hash }) {
  const i = components.indexOf(path.resolve(root, filename))
  return i < 0 ? `S${hash(filename)}` : `S${i.toString(36)}`
}

// Component styles are emitted as files: the pages' policy allows no inline style.
export default { compilerOptions: { runes: true, css: 'external', discloseVersion: false, cssHash } }

// Component styles are emitted as files: the pages' policy allows no inline style.
export default { compilerOptions: { runes: true, css: 'external', cssHash: ({ filename, hash }) => `s${hash(filename).slice(0, 4)}` } }

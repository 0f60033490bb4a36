// Component styles are emitted as files: the pages' policy allows no inline style.
export default { compilerOptions: { runes: true, css: 'external' } }

// What a phone in use opens with: one file.
export { default as Inside } from './Inside.svelte'

// The first screen of a new phone: one file, which it waits for.
export { default as Register } from './screens/Register.svelte'

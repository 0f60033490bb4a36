// The screens before anybody has signed in, and when the book cannot be opened: one file, which a new phone waits for.
export { default as Broken } from './screens/Broken.svelte'
export { default as Lock } from './screens/Lock.svelte'
export { default as Register } from './screens/Register.svelte'
export { default as Setup } from './screens/Setup.svelte'
export { default as Who } from './screens/Who.svelte'

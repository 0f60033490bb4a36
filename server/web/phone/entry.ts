// The screens before somebody's book is open, and when it cannot be: one file.
export { default as Broken } from './screens/Broken.svelte'
export { default as Lock } from './screens/Lock.svelte'
export { default as Setup } from './screens/Setup.svelte'
export { default as Who } from './screens/Who.svelte'

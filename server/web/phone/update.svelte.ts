import type { Update } from '../sw/register'

class Waiting { now = $state.raw<Update | undefined>() }

/** The version of the app that waits; the worker's registration finds it. */
export const update = new Waiting()

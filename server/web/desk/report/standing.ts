// The texts that an issuer's reports of a type begin with.
import type { components } from '../../lib/contract.gen'

export type Standing = components['schemas']['StandingTexts']
export type StandingText = components['schemas']['StandingText']

/** The kind of a draft of such a text; no record is of that kind. */
export const standingKind = 'standing-text'

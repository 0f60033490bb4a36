const space = 'd2f3277c-b17a-5be4-b58e-b12d60519416' // of the identities in openapi.yaml

function format (bytes: Uint8Array): string {
  const hex = Array.from(bytes, b => b.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/** A new UUID of version 7 (RFC 9562): the time in milliseconds, then random bits. */
export function newId (now: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const time = Math.max(0, Math.floor(now))
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(time / 2 ** (8 * (5 - i))) & 0xff
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return format(bytes)
}

/** The UUID of version 5 (RFC 9562) of a name, in the contract's namespace. */
export async function namedId (name: string): Promise<string> {
  const prefix = Uint8Array.from(space.replaceAll('-', '').match(/../g)!, h => parseInt(h, 16))
  const text = new TextEncoder().encode(name)
  const whole = new Uint8Array(prefix.length + text.length)
  whole.set(prefix)
  whole.set(text, prefix.length)
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-1', whole)).slice(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return format(bytes)
}

/** The record of a reporting period; days as YYYY-MM-DD. */
export async function periodId (unit: string, from: string, to: string): Promise<string> {
  return await namedId(`${unit}/period/${from}/${to}`)
}

/** The record of a gift of a campaign that gives one to each household, wherever it is written. */
export async function giftId (unit: string, campaign: { unit?: string, record: string }, household: { unit?: string, record: string }): Promise<string> {
  return await namedId(`${unit}/gift/${campaign.unit ?? unit}/${campaign.record}/${household.unit ?? unit}/${household.record}`)
}

export async function sha256 (bytes: Uint8Array): Promise<string> {
  const sum = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(sum), b => b.toString(16).padStart(2, '0')).join('')
}

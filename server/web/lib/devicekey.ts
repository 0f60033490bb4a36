// The key by which this phone signs carry files. Its private half cannot leave the browser.
import { openDB } from 'idb'
import { toBase64url } from './base64'
import type { Env } from './env'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }

/** This phone's key pair, made on the first use. All persons of the phone sign with it. */
export async function deviceKey (env: Env): Promise<CryptoKeyPair> {
  const db = await openDB<{ keys: { key: string, value: CryptoKeyPair } }>(`${env.prefix}-key`, 1, { upgrade (db) { db.createObjectStore('keys') } })
  try {
    const kept = await db.get('keys', 'carry')
    if (kept) return kept
    const made = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
    const tx = db.transaction('keys', 'readwrite')
    const first = await tx.store.get('carry') // another tab may have been faster
    if (!first) await tx.store.put(made, 'carry')
    await tx.done
    return first ?? made
  } finally {
    db.close()
  }
}

/** The public half, as the contract writes it: base64url of the SPKI. */
export async function publicKey (env: Env): Promise<string> {
  const pair = await deviceKey(env)
  return toBase64url(new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey)))
}

/** Compresses text, where the browser can and it is worth a header; undefined where not. */
export async function gzip (text: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (typeof CompressionStream === 'undefined' || text.length < 400) return undefined
  return await through(new TextEncoder().encode(text), new CompressionStream('gzip'))
}

/** Decompresses at most `limit` bytes; more is an error, and so is what is no gzip. */
export async function gunzip (bytes: Uint8Array, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  return await through(bytes as Uint8Array<ArrayBuffer>, new DecompressionStream('gzip'), limit)
}

async function through (bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream, limit = Infinity): Promise<Uint8Array<ArrayBuffer>> {
  const writer = stream.writable.getWriter()
  const written = writer.write(bytes).then(async () => { await writer.close() })
  const parts: Uint8Array[] = []
  let length = 0
  const reader = stream.readable.getReader()
  written.catch(() => {}) // the reader meets the same error
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value as Uint8Array)
    length += (value as Uint8Array).length
    if (length > limit) {
      await reader.cancel()
      throw new RangeError('too large when decompressed')
    }
  }
  await written
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

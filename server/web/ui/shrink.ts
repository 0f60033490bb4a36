// Makes a photo small enough to send from the hills. Drawing it again leaves out where it was taken.

const longest = 1280
const thumbLongest = 160

/** The file is no picture that this browser can read. */
export class PhotoError extends Error {
  constructor (cause: unknown) { super('the photo cannot be decoded', { cause }); this.name = 'PhotoError' }
}

/** Reads one photo, as a JPEG of at most 1280 pixels, and a thumbnail of at most 8 KB. */
export async function shrink (file: Blob): Promise<{ bytes: Uint8Array, thumb: Uint8Array }> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file)
  } catch (error) {
    throw new PhotoError(error)
  }
  try {
    const bytes = await jpeg(bitmap, longest, 0.7)
    let thumb = await jpeg(bitmap, thumbLongest, 0.6)
    if (thumb.length > 8192) thumb = await jpeg(bitmap, thumbLongest / 2, 0.5)
    return { bytes, thumb }
  } finally {
    bitmap.close()
  }
}

async function jpeg (bitmap: ImageBitmap, limit: number, quality: number): Promise<Uint8Array> {
  const scale = Math.min(1, limit / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>(resolve => { canvas.toBlob(resolve, 'image/jpeg', quality) })
  canvas.width = 0 // gives the memory back at once
  if (!blob) throw new PhotoError('no JPEG came out')
  return new Uint8Array(await blob.arrayBuffer())
}

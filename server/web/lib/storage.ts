/** How much of the room for this site is used; `ratio` is 0 to 1, and undefined where the browser does not say. */
export async function gauge (): Promise<{ used: number, quota: number, ratio: number | undefined }> {
  const estimate = await globalThis.navigator?.storage?.estimate?.() ?? {}
  const used = estimate.usage ?? 0, quota = estimate.quota ?? 0
  return { used, quota, ratio: quota > 0 ? used / quota : undefined }
}

/** From here on the app warns. */
export const warnRatio = 0.8

/** Asks the browser never to clear this site by itself. False: it decides later, or not at all. */
export async function persist (): Promise<boolean> {
  return await globalThis.navigator?.storage?.persist?.() ?? false
}

// Whether the server has a newer desk than the one that runs here: its first page names other files.

export async function isOutdated (): Promise<boolean> {
  const own = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.src
  if (!own) return false
  try {
    // What is no desk of ours, as the page of a hotspot or a proxy, tells of no version.
    const response = await fetch('/desk/', { cache: 'no-cache' })
    const text = response.ok ? await response.text() : ''
    return text.includes('/desk/assets/') && !text.includes(new URL(own).pathname)
  } catch { return false } // the line at the top tells that there is no answer
}

/** Hands a file over: by the phone's share sheet where it takes files, else as a download. False: it was put off. */
export async function saveFile (name: string, bytes: BlobPart, title: string): Promise<boolean> {
  const file = new File([bytes], name, { type: 'application/octet-stream' })
  if (navigator.canShare?.({ files: [file] })) {
    try {
      await navigator.share({ files: [file], title })
      return true
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return false
    }
  }
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => { URL.revokeObjectURL(url) }, 60_000)
  return true
}

// Server-sent events, read from an answer: EventSource cannot send a token.
import type { Api } from './api'

export interface ServerEvent { event: string, data: unknown }

/** How long the server is silent at most: it sends a comment every 25 seconds. */
const silence = 60_000

/**
 * Gives every event of one stream to told, and returns when the server ends it. It throws as Api.send does, and a
 * TypeError or AbortError where the line breaks or is silent for a minute.
 */
export async function readEvents (api: Api, path: string, told: (event: ServerEvent) => void, signal: AbortSignal): Promise<void> {
  const end = new AbortController()
  const stop = (): void => { end.abort() }
  signal.addEventListener('abort', stop)
  let timer = setTimeout(stop, silence)
  try {
    const response = await api.send('GET', path, { stream: end, timeout: silence })
    const reader = response.body!.getReader()
    const decoder = new TextDecoder()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(stop, silence)
      text += decoder.decode(value, { stream: true })
      for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
        const event = parse(text.slice(0, at))
        text = text.slice(at + 2)
        if (event) told(event)
      }
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function parse (block: string): ServerEvent | undefined {
  let event = 'message', data = ''
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice(7)
    if (line.startsWith('data: ')) data += line.slice(6)
  }
  return data === '' ? undefined : { event, data: JSON.parse(data) as unknown }
}

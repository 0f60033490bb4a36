import type { Problem } from './contract'

/** The server has answered with a problem (RFC 9457). `problem.message` is Vietnamese and fit to show. */
export class ApiError extends Error {
  constructor (readonly problem: Problem, readonly retryAfter: number | undefined) {
    super(`${problem.status} ${problem.code}: ${problem.title}`)
    this.name = 'ApiError'
  }

  get code (): string { return this.problem.code }
  get status (): number { return this.problem.status }
}

/** There was no answer, or none of this server: nobody knows what became of the request. */
export class OfflineError extends Error {
  constructor (why: string, options?: ErrorOptions) {
    super(why, options)
    this.name = 'OfflineError'
  }
}

/**
 * Reads a response that is not a success. A page of a proxy or of a hotel's network is no answer of the server,
 * whatever its status says: only a problem with a code is.
 */
export async function problemOf (response: Response, method = 'GET'): Promise<ApiError> {
  if (method === 'HEAD') return bodiless(response)
  const type = response.headers.get('Content-Type') ?? ''
  let problem: Partial<Problem> = {}
  if (type.includes('json')) {
    try {
      problem = await response.json() as Partial<Problem>
    } catch (error) {
      throw new OfflineError(`a cut answer ${response.status}`, { cause: error })
    }
  }
  const header = Number(response.headers.get('Retry-After') ?? '')
  const after = problem.retryAfterSeconds ?? (Number.isFinite(header) && header > 0 ? header : undefined)
  if (typeof problem.code !== 'string') {
    const busy = response.status === 429 || response.status === 503
    if (!busy || after === undefined) throw new OfflineError(`a foreign answer ${response.status}`)
  }
  return new ApiError({
    ...problem,
    type: problem.type ?? 'about:blank',
    title: problem.title ?? response.statusText,
    message: problem.message || 'Máy chủ đang bận.',
    code: problem.code ?? 'unavailable',
    status: response.status,
  }, after)
}

/** An answer to HEAD has no body to tell its code; a 401 may well be a token that has expired. */
function bodiless (response: Response): ApiError {
  const code = response.status === 401 ? 'token-expired' : response.status === 404 ? 'not-found' : 'unavailable'
  return new ApiError({ type: 'about:blank', title: response.statusText, message: '', code, status: response.status }, undefined)
}

/** What went wrong with a request, in the shape of RFC 9457; the status alone says what to do next. */

export interface ProblemError {
  field?: string
  checkpoint?: string
  message: string
  code?: string
}

/** What the caller should do: wait and retry, sign in, fetch and show, or show it to a person. */
export type Remedy = 'retry' | 'sign_in' | 'refresh' | 'attention'

const RETRY = new Set([0, 408, 425, 429])

/** The remedy for a status; 0 stands for "no answer at all". */
export function remedyFor(status: number): Remedy {
  if (RETRY.has(status) || status >= 500) return 'retry'
  if (status === 401) return 'sign_in'
  return status === 409 || status === 412 ? 'refresh' : 'attention'
}

interface ProblemBody {
  title?: string
  detail?: string
  code?: string
  errors?: ProblemError[]
}

/** Thrown for every answer that is not a success; `message` is fit to show to a person. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly errors: ProblemError[]
  /** The whole answer, with fields that only some problems carry. */
  readonly body: Readonly<Record<string, unknown>>
  /** Seconds the server asked us to wait, or null. */
  readonly retryAfter: number | null

  constructor(status: number, body: ProblemBody = {}, retryAfter: number | null = null) {
    super(body.detail || body.title || `HTTP ${status}`)
    this.name = 'Problem'
    this.status = status
    this.code = body.code ?? (status === 0 ? 'offline' : `http_${status}`)
    this.title = body.title ?? ''
    this.detail = body.detail ?? ''
    this.errors = body.errors ?? []
    this.body = body as Record<string, unknown>
    this.retryAfter = retryAfter
  }

  get remedy(): Remedy {
    return remedyFor(this.status)
  }
}

const seconds = (header: string | null): number | null => {
  const value = Number(header)
  return header !== null && Number.isFinite(value) ? value : null
}

/** Reads a failed response; never throws, whatever the body is. */
export async function problemFrom(response: Response): Promise<Problem> {
  const isJSON = /json/.test(response.headers.get('content-type') ?? '')
  const body: unknown = isJSON ? await response.json().catch(() => ({})) : {}
  const retryAfter = seconds(response.headers.get('retry-after'))
  return new Problem(response.status, typeof body === 'object' && body !== null ? body : {}, retryAfter)
}

/** Any thrown thing as a Problem; what is not one is a fault of our own and shown as such. */
export const asProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(-1, { title: String(error), code: 'unexpected' })

/** fetch with sign-in: JSON both ways, the CSRF header on writes, the language, and a typed Problem for every failure. */
import { Problem, problemFrom } from './problem'

export const API = '/api/v1'

export type Query = Record<string, string | number | boolean | null | undefined>

export interface RequestOptions {
  query?: Query
  /** A Blob goes as it is, under its own type; everything else as JSON. */
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** A successful answer with what callers may need of its headers. */
export interface Answer<T> {
  status: number
  data: T
  etag: string | null
}

/** What the client asks of the session store; set once by session.ts. */
export interface ClientHooks {
  csrfToken: () => string | null
  /** Fetches the session anew and answers its token; called when a write finds no token or a stale one. */
  renewToken: () => Promise<string | null>
  locale: () => string
  onUnauthorised: () => void
}

const hooks: ClientHooks = {
  csrfToken: () => null,
  renewToken: () => Promise.resolve(null),
  locale: () => 'zh-CN',
  onUnauthorised: () => undefined,
}

/** Connects the client with the session store and the language. */
export const configureClient = (values: Partial<ClientHooks>): void => void Object.assign(hooks, values)

const filled = ([, value]: [string, unknown]): boolean => value !== undefined && value !== null && value !== ''

/** An address under /api/v1 with its query; empty filters are left out. */
export function address(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(filled).map(([name, value]) => [name, String(value)])
  const search = new URLSearchParams(pairs).toString()
  return search ? `${API}${path}?${search}` : `${API}${path}`
}

const isWrite = (method: string): boolean => method !== 'GET' && method !== 'HEAD'

/** The headers of a write made outside this client, such as a resumable upload. */
export async function writeHeaders(): Promise<Record<string, string>> {
  const token = hooks.csrfToken() ?? (await hooks.renewToken())
  return token ? { 'X-CSRF-Token': token } : {}
}

async function headersFor(method: string, options: RequestOptions): Promise<Record<string, string>> {
  return {
    Accept: 'application/json',
    'Accept-Language': hooks.locale(),
    ...(options.body === undefined ? {} : { 'Content-Type': options.body instanceof Blob ? options.body.type : 'application/json' }),
    ...(isWrite(method) && !isSignIn(method, options) ? await writeHeaders() : {}),
    ...options.headers,
  }
}

// Signing in is the one write that cannot have a token yet.
const isSignIn = (method: string, options: RequestOptions): boolean => method === 'POST' && options.headers?.['X-Sign-In'] === '1'

function bytesOf(body: unknown): BodyInit | null {
  if (body === undefined) return null
  return body instanceof Blob ? body : JSON.stringify(body)
}

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  const { 'X-Sign-In': _, ...headers } = await headersFor(method, options)
  try {
    return await fetch(address(path, options.query), {
      method,
      headers,
      credentials: 'same-origin',
      body: bytesOf(options.body),
      signal: options.signal ?? null,
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new Problem(0, { code: 'offline' })
  }
}

const isStaleToken = (problem: Problem): boolean => problem.status === 403 && problem.code.includes('csrf')

async function answerOf<T>(response: Response): Promise<Answer<T>> {
  const text = response.status === 204 ? '' : await response.text()
  return { status: response.status, data: (text ? JSON.parse(text) : null) as T, etag: response.headers.get('etag') }
}

/** Sends a request and answers data, status and ETag; throws a Problem for anything but 2xx. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  let response = await send(method, path, options)
  if (response.ok) return answerOf<T>(response)
  let problem = await problemFrom(response)
  if (isStaleToken(problem) && (await hooks.renewToken())) {
    response = await send(method, path, options)
    if (response.ok) return answerOf<T>(response)
    problem = await problemFrom(response)
  }
  if (problem.status === 401 && !isSignIn(method, options)) hooks.onUnauthorised()
  throw problem
}

const data = async <T>(method: string, path: string, options: RequestOptions): Promise<T> =>
  (await request<T>(method, path, options)).data

/** The verbs most callers need; each answers the body alone. */
export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
    data<T>('GET', path, { ...(query && { query }), ...(signal && { signal }) }),
  put: <T>(path: string, body: unknown, headers?: Record<string, string>): Promise<T> =>
    data<T>('PUT', path, { body, ...(headers && { headers }) }),
  post: <T>(path: string, body: unknown, headers?: Record<string, string>): Promise<T> =>
    data<T>('POST', path, { body, ...(headers && { headers }) }),
  delete: <T = null>(path: string): Promise<T> => data<T>('DELETE', path, {}),
}

/** Every list answers this shape; `next` is the cursor for `after`. */
export interface Page<T> {
  items: T[]
  next: string | null
}

/** Reads a list to its end, at most `limit` pages of 200 rows. */
export async function allOf<T>(path: string, query: Query = {}, limit = 50): Promise<T[]> {
  const items: T[] = []
  let after: string | null = null
  for (let page = 0; page < limit; page += 1) {
    const answer: Page<T> = await api.get<Page<T>>(path, { limit: 200, ...query, after })
    items.push(...answer.items)
    after = answer.next
    if (!after) break
  }
  return items
}

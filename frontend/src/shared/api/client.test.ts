/** The client: tokens on writes, typed problems for every failure, lists read to their end. */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { address, allOf, api, configureClient, request } from './client'
import { Problem, asProblem } from './problem'

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })
const problem = (status: number, code: string, more: object = {}): Response =>
  new Response(JSON.stringify({ status, code, detail: 'why', ...more }), { status, headers: { 'Content-Type': 'application/problem+json' } })

const fetched = vi.fn<(url: string, init: RequestInit) => Promise<Response>>()
const renewToken = vi.fn<() => Promise<string | null>>()
const onUnauthorised = vi.fn<() => void>()
const headersOf = (call: number): Record<string, string> => fetched.mock.calls[call]![1].headers as Record<string, string>

beforeEach(() => {
  vi.resetAllMocks()
  vi.stubGlobal('fetch', fetched)
  configureClient({ csrfToken: () => 'token', renewToken, locale: () => 'en', onUnauthorised })
})

describe('a request', () => {
  test('carries the token on writes only, and the language always', async () => {
    fetched.mockImplementation(async () => json(200, { ok: true }))
    await api.get('/visits')
    await api.put('/visits/1', { a: 1 })
    expect(headersOf(0)).not.toHaveProperty('X-CSRF-Token')
    expect(headersOf(0)['Accept-Language']).toBe('en')
    expect(headersOf(1)['X-CSRF-Token']).toBe('token')
  })

  test('signs in without a token', async () => {
    fetched.mockResolvedValue(json(200, {}))
    await request('POST', '/session', { body: {}, headers: { 'X-Sign-In': '1' } })
    expect(headersOf(0)).not.toHaveProperty('X-CSRF-Token')
    expect(headersOf(0)).not.toHaveProperty('X-Sign-In')
  })

  test('fetches a token first when there is none', async () => {
    configureClient({ csrfToken: () => null })
    renewToken.mockResolvedValue('fresh')
    fetched.mockResolvedValue(json(200, {}))
    await api.put('/visits/1', {})
    expect(headersOf(0)['X-CSRF-Token']).toBe('fresh')
  })

  test('is sent once more after a stale token was renewed', async () => {
    renewToken.mockResolvedValue('fresh')
    fetched.mockResolvedValueOnce(problem(403, 'csrf-missing')).mockResolvedValueOnce(json(200, { ok: true }))
    expect(await api.put('/visits/1', {})).toEqual({ ok: true })
    expect(renewToken).toHaveBeenCalledOnce()
  })

  test('leaves empty filters out of its address', () => {
    expect(address('/visits', { wave: 'w', store: null, state: '', limit: 5 })).toBe('/api/v1/visits?wave=w&limit=5')
  })

  test('answers status and ETag when asked', async () => {
    fetched.mockResolvedValue(json(201, { id: 1 }, { ETag: '"3"' }))
    expect(await request('PUT', '/visits/1', { body: {} })).toEqual({ status: 201, data: { id: 1 }, etag: '"3"' })
  })
})

describe('a failure', () => {
  test('is a problem with its errors and its other fields', async () => {
    fetched.mockResolvedValue(problem(422, 'answers-invalid', { errors: [{ checkpoint: 'A1', message: 'no' }], held: 1 }))
    const caught = asProblem(await api.get('/visits').catch((error: unknown) => error))
    expect(caught).toMatchObject({ status: 422, code: 'answers-invalid', message: 'why', remedy: 'attention' })
    expect(caught.errors).toEqual([{ checkpoint: 'A1', message: 'no' }])
    expect(caught.body.held).toBe(1)
  })

  test('without network is status 0 and worth a retry', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'))
    expect(asProblem(await api.get('/visits').catch((error: unknown) => error))).toMatchObject({ status: 0, remedy: 'retry' })
  })

  test('that is no JSON is still a problem', async () => {
    fetched.mockResolvedValue(new Response('<html>', { status: 502, headers: { 'Retry-After': '7' } }))
    expect(asProblem(await api.get('/visits').catch((error: unknown) => error))).toMatchObject({ status: 502, retryAfter: 7, remedy: 'retry' })
  })

  test('401 tells the session store, except while signing in', async () => {
    fetched.mockImplementation(async () => problem(401, 'not-signed-in'))
    await expect(api.get('/visits')).rejects.toBeInstanceOf(Problem)
    await expect(request('POST', '/session', { body: {}, headers: { 'X-Sign-In': '1' } })).rejects.toBeInstanceOf(Problem)
    expect(onUnauthorised).toHaveBeenCalledOnce()
  })
})

test('a list is read to its end', async () => {
  fetched.mockResolvedValueOnce(json(200, { items: [1, 2], next: 'c' })).mockResolvedValueOnce(json(200, { items: [3], next: null }))
  expect(await allOf<number>('/visits')).toEqual([1, 2, 3])
  expect(fetched.mock.calls[1]![0]).toContain('after=c')
})

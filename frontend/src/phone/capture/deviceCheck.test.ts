/** The device check: each part by itself, and what a browser does not say is said to be unknown. */
import { afterEach, expect, test, vi } from 'vitest'
import { checkDevice } from './deviceCheck'

const given = (over: object): void => void vi.stubGlobal('navigator', { userAgent: 'test', ...over })
const stop = vi.fn()
const stream = { getTracks: () => [{ stop }] }
const refused = (name: string) => () => Promise.reject(Object.assign(new Error(name), { name }))

afterEach(() => vi.unstubAllGlobals())

test('a phone that has everything', async () => {
  given({
    mediaDevices: { getUserMedia: () => Promise.resolve(stream) },
    storage: { estimate: () => Promise.resolve({ quota: 5e9, usage: 1e9 }) },
    getBattery: () => Promise.resolve({ level: 0.1, charging: true }),
  })
  const told: string[] = []
  const { parts } = await checkDevice((part, standing) => told.push(`${part} ${standing}`))
  expect(parts).toEqual({ camera: 'ok', microphone: 'ok', storage: 'ok', position: 'unasked', battery: 'ok' })
  expect(told).toHaveLength(5)
  expect(stop).toHaveBeenCalledTimes(2)
})

test.each([['NotAllowedError', 'denied'], ['NotFoundError', 'missing']])('%s means %s', async (name, standing) => {
  given({ mediaDevices: { getUserMedia: refused(name) } })
  expect((await checkDevice(() => undefined)).parts).toMatchObject({ camera: standing, microphone: standing })
})

test('a page without a certificate, a full phone, an empty battery', async () => {
  given({ storage: { estimate: () => Promise.resolve({ quota: 2e9, usage: 1.9e9 }) }, getBattery: () => Promise.resolve({ level: 0.2, charging: false }) })
  expect((await checkDevice(() => undefined)).parts).toMatchObject({ camera: 'insecure', storage: 'low', battery: 'low' })
})

test('a browser that says nothing', async () => {
  given({})
  expect((await checkDevice(() => undefined)).parts).toMatchObject({ storage: 'unknown', battery: 'unknown' })
})

/** The outbox as a pure machine: every status leads where design section 5 says, and nothing ever leaves by itself. */
import { describe, expect, test } from 'vitest'
import type { ItemState } from '../store/records'
import { delayFor, needsPerson, next, order, step, wakeAt } from './machine'
import type { Item, OutboxEvent } from './machine'

const item = (changes: Partial<Item> = {}): Item => ({
  id: 'a', kind: 'file', media: 'photo', any_network: false, size: 100, state: 'waiting', attempts: 0, not_before: 0, ...changes,
})

const failed = (status: number, more: Partial<Extract<OutboxEvent, { type: 'failed' }>> = {}): OutboxEvent => ({
  type: 'failed', status, retryAfter: null, now: 1_000_000, random: 1, ...more,
})

const STATES: ItemState[] = ['waiting', 'sending', 'confirming', 'sign_in', 'refresh', 'attention', 'done']
const EVENTS: OutboxEvent[] = [
  { type: 'started' }, { type: 'bytes_sent' }, { type: 'confirmed' }, { type: 'interrupted' }, { type: 'network_back' },
  { type: 'signed_in' }, { type: 'asked_again' }, { type: 'given_up' }, { type: 'any_network' }, failed(0), failed(401), failed(409), failed(422), failed(500),
]

describe('a failure leads where its status says', () => {
  test.each([0, 408, 425, 429, 500, 502, 503, 504])('%i waits and tries again', (status) => {
    const after = step(item({ state: 'sending' }), failed(status))
    expect(after).toMatchObject({ state: 'waiting', attempts: 1 })
    expect(after.not_before).toBeGreaterThan(1_000_000)
  })

  test('401 keeps it and asks for sign-in', () => {
    expect(step(item({ state: 'sending' }), failed(401)).state).toBe('sign_in')
  })

  test.each([409, 412])('%i is fetched and shown', (status) => {
    expect(step(item({ state: 'sending' }), failed(status)).state).toBe('refresh')
  })

  test.each([400, 403, 404, 410, 413, 415, 422])('%i needs a person', (status) => {
    expect(step(item({ state: 'sending' }), failed(status)).state).toBe('attention')
  })

  test('damaged bytes are sent again, three times in all, then a person is asked', () => {
    expect(step(item({ attempts: 0 }), failed(460)).state).toBe('waiting')
    expect(step(item({ attempts: 1 }), failed(460)).state).toBe('waiting')
    expect(step(item({ attempts: 2 }), failed(460)).state).toBe('attention')
  })

  test('the wait the server asks for is kept', () => {
    expect(step(item(), failed(429, { retryAfter: 120 })).not_before).toBe(1_000_000 + 120_000)
  })
})

describe('a quick copy', () => {
  const copy = item({ id: 'quick:a', kind: 'quick', state: 'sending' })

  test.each([-1, 400, 403, 404, 409, 410, 412, 413, 415, 422, 460])('that is refused for good (%i) is over, and nobody is asked', (status) => {
    const after = step({ ...copy, attempts: 2 }, failed(status))
    expect(after.state).toBe('done')
    expect(needsPerson(after)).toBe(false)
  })

  test.each([0, 429, 503])('that could not be sent now (%i) waits, and its original goes meanwhile', (status) => {
    const after = step(copy, failed(status))
    expect(after.state).toBe('waiting')
    expect(next([after, item({ id: 'a' })], 1_000_000)?.id).toBe('a')
  })

  test('waits for the sign-in like everything else', () => {
    expect(step(copy, failed(401)).state).toBe('sign_in')
  })
})

describe('waiting', () => {
  test('doubles from two seconds to five minutes', () => {
    expect(delayFor(0, 1)).toBe(2_000)
    expect(delayFor(1, 1)).toBe(4_000)
    expect(delayFor(30, 1)).toBe(300_000)
    expect(delayFor(0, 0)).toBe(1_500)
  })

  test('ends at once when the network comes back', () => {
    expect(step(item({ not_before: 5 }), { type: 'network_back' }).not_before).toBe(0)
  })

  test('is renewed by a person who asks again, from every troubled state', () => {
    for (const state of ['attention', 'refresh', 'sign_in', 'waiting'] as const)
      expect(step(item({ state, attempts: 7, not_before: 9 }), { type: 'asked_again' })).toMatchObject({ state: 'waiting', attempts: 0, not_before: 0 })
  })

  test('after sign-in goes on for what waited for it, and for nothing else', () => {
    expect(step(item({ state: 'sign_in' }), { type: 'signed_in' }).state).toBe('waiting')
    expect(step(item({ state: 'attention' }), { type: 'signed_in' }).state).toBe('attention')
  })

  test('an interrupted item waits again', () => {
    expect(step(item({ state: 'sending' }), { type: 'interrupted' }).state).toBe('waiting')
    expect(step(item({ state: 'confirming' }), { type: 'interrupted' }).state).toBe('waiting')
  })
})

describe('giving up', () => {
  test('ends a file that is in trouble', () => {
    expect(step(item({ state: 'attention' }), { type: 'given_up' }).state).toBe('done')
  })

  test.each(['waiting', 'sending', 'confirming', 'sign_in', 'refresh'] as const)('does nothing to one that is %s', (state) => {
    const before = item({ state })
    expect(step(before, { type: 'given_up' })).toBe(before)
  })

  test('is for files: words are never lost', () => {
    expect(step(item({ kind: 'words', state: 'attention' }), { type: 'given_up' }).state).toBe('attention')
  })
})

describe('any event in any state', () => {
  test.each(STATES.flatMap((state) => EVENTS.map((event) => [state, event] as const)))('%s, %o: known state, same item', (state, event) => {
    const before = item({ state, attempts: 2 })
    const after = step(before, event)
    expect(STATES).toContain(after.state)
    expect(after).toMatchObject({ id: 'a', kind: 'file', size: 100 })
    expect(before.state).toBe(state)
    if (state === 'done') expect(after).toBe(before)
  })
})

describe('the next item', () => {
  const words = item({ id: 'w', kind: 'words', size: 9_000 })
  const small = item({ id: 's', size: 10 })
  const large = item({ id: 'l', size: 90_000 })

  test('is words first, then the smallest file', () => {
    expect(next([large, small, words], 0)?.id).toBe('w')
    expect(next([large, small], 0)?.id).toBe('s')
  })

  test('is then a quick copy, then an original from small to large, and a video last of all', () => {
    const line = [
      item({ id: 'clip', media: 'video', size: 5 }), large, item({ id: 'sound', media: 'audio', size: 700 }), small,
      item({ id: 'quick:l', kind: 'quick', media: null, size: 80_000 }), words, item({ id: 'film', media: 'video', size: 900_000 }),
    ]
    expect([...line].sort(order).map(({ id }) => id)).toEqual(['w', 'quick:l', 's', 'sound', 'l', 'clip', 'film'])
  })

  test('is no video on mobile data while videos are spared, and holds up nobody', () => {
    const clip = item({ id: 'clip', media: 'video' })
    expect(next([clip, large], 0, true)?.id).toBe('l')
    expect(next([clip], 0, true)).toBeNull()
    expect(wakeAt([clip], true)).toBeNull()
    expect(next([clip], 0, false)?.id).toBe('clip')
    expect(next([step(clip, { type: 'any_network' })], 0, true)?.id).toBe('clip')
    expect(next([item({ id: 'old', media: null })], 0, true)?.id).toBe('old')
  })

  test('is nothing while something is under way', () => {
    expect(next([small, { ...large, state: 'sending' }], 0)).toBeNull()
    expect(next([small, { ...large, state: 'confirming' }], 0)).toBeNull()
  })

  test('is not one that has to wait', () => {
    expect(next([{ ...small, not_before: 50 }, large], 10)?.id).toBe('l')
    expect(next([{ ...small, not_before: 50 }], 10)).toBeNull()
  })

  test('a troubled item does not hold up the others', () => {
    expect(next([{ ...words, state: 'attention' }, small], 0)?.id).toBe('s')
  })

  test('the clock is set for the earliest that waits, and for nobody else', () => {
    expect(wakeAt([{ ...small, not_before: 50 }, { ...large, not_before: 20 }, { ...words, state: 'attention' }])).toBe(20)
    expect(wakeAt([{ ...words, state: 'attention' }, { ...small, state: 'done' }])).toBeNull()
  })

  test('a person is needed for attention, refresh and sign-in', () => {
    expect(STATES.filter((state) => needsPerson({ state }))).toEqual(['sign_in', 'refresh', 'attention'])
  })
})

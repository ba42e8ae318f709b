/** The runner over made-up ports: one at a time, in order, retried, resumed, never losing an item. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Problem } from '@/shared/api/problem'
import type { OutboxRecord } from '../store/records'
import { createRunner } from './runner'
import type { Ports } from './runner'

const record = (id: string, changes: Partial<OutboxRecord> = {}): OutboxRecord => ({
  id, visit_id: 'v', draft_id: 'v', kind: 'file', media: 'photo', any_network: false, size: 10, state: 'waiting', attempts: 0, not_before: 0, reason: null, document: null,
  created_at: '', ...changes,
})

let held: Map<string, OutboxRecord>
let sent: string[]
let answers: (Problem | null)[]
let clock: number
let isOnline: boolean
let spares: boolean
let timers: { work: () => void; at: number }[]

const ports: Ports = {
  items: async () => [...held.values()],
  save: async (item) => void held.set(item.id, item),
  send: async (item, onBytesSent) => {
    sent.push(item.id)
    expect([...held.values()].filter(({ state }) => state === 'sending')).toHaveLength(1)
    const problem = answers.shift()
    if (problem) throw problem
    await onBytesSent()
  },
  settle: async (item) => void held.set(item.id, item),
  isOnline: () => isOnline,
  sparesVideos: () => spares,
  now: () => clock,
  random: () => 1,
  alone: (work) => work(),
  later: (work, milliseconds) => {
    timers.push({ work, at: clock + milliseconds })
    return () => undefined
  },
}

const hold = (...records: OutboxRecord[]): void => {
  held = new Map(records.map((one) => [one.id, one]))
}
const states = (): Record<string, string> => Object.fromEntries([...held.values()].map(({ id, state }) => [id, state]))

beforeEach(() => {
  hold()
  sent = []
  answers = []
  clock = 1_000_000
  isOnline = true
  spares = false
  timers = []
})

describe('the runner', () => {
  test('sends everything, words first and small files before large ones', async () => {
    hold(record('large', { size: 99 }), record('small', { size: 1 }), record('words', { kind: 'words', size: 500 }))
    await createRunner(ports).wake()
    expect(sent).toEqual(['words', 'small', 'large'])
    expect(states()).toEqual({ large: 'done', small: 'done', words: 'done' })
  })

  test('lets a video wait on mobile data while the rest goes, and sends it when the network changes', async () => {
    spares = true
    hold(record('film', { media: 'video', size: 1 }), record('photo', { size: 50 }))
    const runner = createRunner(ports)
    await runner.wake()
    expect([sent, timers]).toEqual([['photo'], []])
    spares = false
    await runner.wake()
    expect(states()).toEqual({ film: 'done', photo: 'done' })
  })

  test('does nothing without network and sets no clock', async () => {
    isOnline = false
    hold(record('a'))
    await createRunner(ports).wake()
    expect(sent).toEqual([])
    expect(timers).toEqual([])
  })

  test('a lost connection is retried when its time has come', async () => {
    hold(record('a'))
    answers = [new Problem(0)]
    const runner = createRunner(ports)
    await runner.wake()
    expect(states()).toEqual({ a: 'waiting' })
    expect(timers[0]?.at).toBe(1_002_000)
    clock = 1_002_000
    await runner.wake()
    expect(states()).toEqual({ a: 'done' })
  })

  test('a refusal keeps its reason and lets the others pass', async () => {
    hold(record('bad', { size: 1 }), record('good', { size: 2 }))
    answers = [new Problem(422, { detail: 'The photo is missing.', errors: [{ checkpoint: 'EO-01', message: 'missing' }] })]
    await createRunner(ports).wake()
    expect(states()).toEqual({ bad: 'attention', good: 'done' })
    expect(held.get('bad')?.reason).toMatchObject({ status: 422, text: 'The photo is missing.', errors: [{ checkpoint: 'EO-01' }] })
  })

  test('a quick copy that is refused is settled like one that was taken, and its original follows', async () => {
    hold(record('quick:a', { kind: 'quick' }), record('a', { size: 50 }))
    answers = [new Problem(422)]
    await createRunner(ports).wake()
    expect(sent).toEqual(['quick:a', 'a'])
    expect(states()).toEqual({ 'quick:a': 'done', a: 'done' })
  })

  test('after sign-in everything that waited for it goes on', async () => {
    hold(record('a'), record('b', { size: 20 }))
    answers = [new Problem(401), new Problem(401)]
    const runner = createRunner(ports)
    await runner.wake()
    expect(states()).toEqual({ a: 'sign_in', b: 'sign_in' })
    await runner.tell({ type: 'signed_in' })
    expect(states()).toEqual({ a: 'done', b: 'done' })
  })

  test('woken while it runs, it takes up what was added meanwhile', async () => {
    hold(record('a'))
    const runner = createRunner(ports)
    const first = runner.wake()
    held.set('b', record('b'))
    await Promise.all([first, runner.wake()])
    expect(states()).toEqual({ a: 'done', b: 'done' })
    expect(sent.sort()).toEqual(['a', 'b'])
  })

  test('a fault of our own is shown, not repeated for ever', async () => {
    hold(record('a'))
    answers = [new Problem(-1, { title: 'broken', code: 'unexpected' })]
    await createRunner(ports).wake()
    expect(states()).toEqual({ a: 'attention' })
  })
})

/** The recording as a pure machine: it ends by itself where it must, says why, and keeps its marks. */
import { describe, expect, test } from 'vitest'
import { LONGEST_HIDDEN_MS, ready, step } from './recording'
import type { EndReason, Limits, Phase, Recording, RecordingEvent } from './recording'

const LIMITS: Limits = { milliseconds: 60_000, bytes: 1_000, room: 100 }
const told = (events: RecordingEvent[], from: Recording = ready()): Recording => events.reduce((state, event) => step(state, event, LIMITS), from)
const running = told([{ type: 'started', at: 1_000 }])
const tick = (at: number, free: number | null = null): RecordingEvent => ({ type: 'ticked', at, free })

describe('a running recording', () => {
  test('counts its time and its bytes', () => {
    expect(told([{ type: 'chunk', bytes: 40 }, tick(3_500)], running)).toMatchObject({ phase: 'recording', elapsedMs: 2_500, bytes: 40 })
  })

  test.each<[EndReason, RecordingEvent[]]>([
    ['person', [{ type: 'ended', by: 'person' }]],
    ['left', [{ type: 'ended', by: 'left' }]],
    ['source', [{ type: 'ended', by: 'source' }]],
    ['limit', [tick(61_000)]],
    ['limit', [{ type: 'chunk', bytes: 1_000 }, tick(2_000)]],
    ['storage', [tick(2_000, 99)]],
    ['storage', [{ type: 'chunk', bytes: 50 }, tick(2_000, 149)]],
    ['hidden', [{ type: 'hidden', at: 2_000 }, tick(2_000 + LONGEST_HIDDEN_MS)]],
    ['hidden', [{ type: 'hidden', at: 2_000 }, { type: 'shown', at: 2_000 + LONGEST_HIDDEN_MS }]],
  ])('ends by %s', (reason, events) => {
    expect(told(events, running)).toMatchObject({ phase: 'stopping', endedBy: reason })
  })

  test('goes on where there is room, and after a short look at something else', () => {
    const state = told([{ type: 'hidden', at: 2_000 }, { type: 'shown', at: 4_000 }, tick(40_000, 100)], running)
    expect(state).toMatchObject({ phase: 'recording', hiddenSince: null })
  })

  test('keeps the first reason for which it ended', () => {
    expect(told([{ type: 'ended', by: 'left' }, { type: 'ended', by: 'source' }, tick(99_000)], running).endedBy).toBe('left')
  })
})

describe('marks', () => {
  const mark = (checkpoint: string, at: number): RecordingEvent => ({ type: 'marked', checkpoint, at })

  test('are moments of the recording, one for a checkpoint, the last one tapped', () => {
    const state = told([mark('A', 2_000), mark('B', 3_000), mark('A', 4_500)], running)
    expect(state.marks).toEqual([{ checkpoint: 'B', at_ms: 2_000 }, { checkpoint: 'A', at_ms: 3_500 }])
  })

  test('can be taken back', () => {
    expect(told([mark('A', 2_000), { type: 'unmarked', checkpoint: 'A' }], running).marks).toEqual([])
  })

  test('are not made after the end', () => {
    expect(told([{ type: 'ended', by: 'person' }, mark('A', 2_000)], running).marks).toEqual([])
  })
})

test('only an ended recording is kept, and a kept one does not fail', () => {
  const phase = (events: RecordingEvent[]): Phase => told(events, running).phase
  expect(phase([{ type: 'kept' }])).toBe('recording')
  expect(phase([{ type: 'ended', by: 'person' }, { type: 'kept' }, { type: 'failed' }])).toBe('kept')
  expect(phase([{ type: 'ended', by: 'person' }, { type: 'failed' }])).toBe('failed')
})

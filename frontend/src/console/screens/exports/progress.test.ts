/** Shares are whole and honest: nothing is done before it is counted, and 100 only when everything is written. */
import { expect, test } from 'vitest'
import type { ExportLine } from '../../api/exports'
import { isUnfinished, percentOf, replaced } from './progress'

const line = (id: string, values: Partial<ExportLine> = {}): ExportLine => ({
  id, kind: 'wave_csv', format: 'csv', filters: {}, state: 'queued', expected: null, written: 0, fault: null, name: null,
  size: null, sha256: null, file: null, asked_at: '2026-11-26T00:00:00Z', made_at: null, expires_at: null, ...values,
})

test('only what waits or runs still changes', () => {
  const states = ['queued', 'running', 'done', 'failed', 'cancelled', 'expired'] as const
  expect(states.map((state) => isUnfinished({ state }))).toEqual([true, true, false, false, false, false])
})

test('the share done is never rounded up to all of it', () => {
  expect(percentOf({ expected: null, written: 0 })).toBe(0)
  expect(percentOf({ expected: 1000, written: 999 })).toBe(99)
  expect(percentOf({ expected: 1000, written: 1000 })).toBe(100)
  expect(percentOf({ expected: 0, written: 0 })).toBe(100)
})

test('what is told anew takes its own place in the list', () => {
  const lines = replaced([line('a'), line('b'), line('c')], [line('b', { state: 'done' })])
  expect(lines.map((one) => [one.id, one.state])).toEqual([['a', 'queued'], ['b', 'done'], ['c', 'queued']])
})

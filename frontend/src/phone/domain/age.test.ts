/** The age of unsent work. */
import { expect, test } from 'vitest'
import { ageOf } from './age'

const NOW = Date.parse('2026-11-20T12:00:00Z')

test.each([
  ['2026-11-20T12:00:00Z', 'minutes', 0],
  ['2026-11-20T11:00:01Z', 'minutes', 59],
  ['2026-11-20T11:00:00Z', 'hours', 1],
  ['2026-11-18T12:00:01Z', 'hours', 47],
  ['2026-11-18T12:00:00Z', 'days', 2],
  ['2026-11-21T12:00:00Z', 'minutes', 0],
  ['nonsense', 'minutes', 0],
])('since %s: %s %i', (since, unit, n) => {
  expect(ageOf(since, NOW)).toEqual({ unit, n })
})

/** Between leaving and standing the app asks for nothing; a word about an earlier leaving does not count. */
import { expect, test } from 'vitest'
import { afterwardsOf } from './afterwards'

const left = [{ name: 'left', at: '2026-01-01T12:00:00Z' }]
const at = (time: string): number => Date.parse(`2026-01-01T${time}:00Z`)

test.each([
  [[], null, '12:00', 'not_yet'],
  [[{ name: 'paid', at: '2026-01-01T11:00:00Z' }], null, '12:00', 'not_yet'],
  [left, null, '12:01', 'on_the_road'],
  [left, '2026-01-01T11:59:00Z', '12:01', 'on_the_road'],
  [left, '2026-01-01T12:20:00Z', '12:21', 'standing'],
  [left, null, '16:01', 'standing'],
] as const)('%j, standing since %s, at %s: %s', (marks, since, now, expected) => {
  expect(afterwardsOf(marks, since, at(now))).toBe(expected)
})

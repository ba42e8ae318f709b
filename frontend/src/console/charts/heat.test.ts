/** Weak is dark, good is light, and the best row stands first. */
import { expect, test } from 'vitest'
import type { MatrixRow } from '../api/types'
import { byTotal, shade } from './heat'

test.each([[100, 0], [70, 0.5], [40, 1], [0, 1], [null, 0]])('%s %% is drawn %s dark', (rate, dark) => expect(shade(rate)).toBe(dark))

test('rows are ordered by their total', () => {
  const row = (name: string, passed: number[]): MatrixRow => ({ id: name, code: null, name, rates: [], n: [], passed, applicable: [10, 10] })
  expect(byTotal({ columns: [], items: [row('weak', [1, 2]), row('good', [9, 9])] }).map((one) => one.name)).toEqual(['good', 'weak'])
})

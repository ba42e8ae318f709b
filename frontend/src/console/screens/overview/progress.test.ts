/** Progress is read by state, in the order of a visit, without empty states. */
import { expect, test } from 'vitest'
import { stepsOf, totalOf } from './progress'

test('states come finished first, empty ones are left out', () => {
  const steps = stepsOf({ planned: 3, approved: 7, void: 0, submitted: 2 })
  expect(steps.map((step) => step.state)).toEqual(['approved', 'submitted', 'planned'])
  expect(totalOf(steps)).toBe(12)
})

test('an answer without states is no progress', () => expect(stepsOf({})).toEqual([]))

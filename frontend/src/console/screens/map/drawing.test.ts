/** Colours are mixed from tokens as the style sheet wrote them, long or shortened. */
import { expect, test } from 'vitest'
import { mixed } from './drawing'

test('a shortened colour is the long one', () => {
  expect(mixed('#fff', '#000000', 0.5)).toBe('rgb(128, 128, 128)')
  expect(mixed('#1f3f73', '#ffffff', 0)).toBe('rgb(31, 63, 115)')
})

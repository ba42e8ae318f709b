/** Weak is dark, good is light, the best row stands first; figures are legible on every strength, in both themes. */
import { expect, test } from 'vitest'
import type { MatrixRow } from '../api/types'
import { STRENGTHS, byColumn, byTotal, isStrong, moved, shade, strength, windowOf } from './heat'

test.each([[100, 0], [70, 0.5], [40, 1], [0, 1], [null, 0]])('%s %% is drawn %s dark', (rate, dark) => expect(shade(rate)).toBe(dark))

test('a weaker rate never has a fainter hue', () => {
  const drawn = Array.from({ length: 101 }, (_, place) => strength(100 - place))
  expect(drawn).toEqual([...drawn].sort((a, b) => a - b))
})

const row = (name: string, passed: number[], rates: (number | null)[] = []): MatrixRow => ({ id: name, code: null, name, rates, n: [], passed, applicable: [10, 10] })

test('rows are ordered by their total', () => {
  expect(byTotal({ columns: [], items: [row('weak', [1, 2]), row('good', [9, 9])] }).map((one) => one.name)).toEqual(['good', 'weak'])
})

test('or by one column, weakest first and empty ones last', () => {
  const items = [row('none', [0, 0], [1, null]), row('good', [0, 0], [1, 90]), row('weak', [0, 0], [99, 10])]
  expect(byColumn({ columns: [], items }, 1).map((one) => one.name)).toEqual(['weak', 'good', 'none'])
})

test.each([[1000, 0, 600, [0, 28]], [1000, 3000, 600, [92, 128]], [1000, 29_700, 600, [982, 1000]], [3, 0, 600, [0, 3]], [0, 0, 600, [0, 0]]])(
  'of %d rows, scrolled to %d, %d px in sight, those are drawn', (count, scrolled, seen, drawn) => expect(windowOf(count, 30, scrolled, seen)).toEqual(drawn),
)

test('keys move within the grid and stop at its edges', () => {
  const from = { row: 1, column: 1 }
  expect(['ArrowUp', 'ArrowRight', 'PageDown', 'Home', 'End', 'x'].map((key) => moved(key, from, 3, 4))).toEqual([
    { row: 0, column: 1 }, { row: 1, column: 2 }, { row: 2, column: 1 }, { row: 1, column: 0 }, { row: 1, column: 3 }, null,
  ])
})

const parts = (hex: string): number[] => [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16))
const linear = (part: number): number => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)
const luminance = (colour: number[]): number => 0.2126 * linear(colour[0]!) + 0.7152 * linear(colour[1]!) + 0.0722 * linear(colour[2]!)
function contrast(a: number[], b: number[]): number {
  const [low, high] = [luminance(a), luminance(b)].sort((one, other) => one - other)
  return (high! + 0.05) / (low! + 0.05)
}

test.each([
  ['light', '#ffffff', '#1f3f73', '#15191e', '#ffffff'],
  ['dark', '#0f1216', '#8db0ea', '#e7eaee', '#0c1522'],
])('in the %s theme every figure has a contrast of 4.5 or more', (_, page, hue, ink, onHue) => {
  const worst = STRENGTHS.map((value) => {
    const ground = parts(page).map((part, place) => part + (parts(hue)[place]! - part) * value)
    return contrast(ground, parts(isStrong(value) ? onHue : ink))
  })
  expect(Math.min(...worst)).toBeGreaterThan(4.5)
})

/** How bands are written, and which checkpoints count as weakest. */
import { expect, test } from 'vitest'
import { bandText, weakestFirst } from './parts'

test.each([
  [[61, 84] as [number, number], '61–84'],
  [[3, 3] as [number, number], '3'],
  [null, ''],
])('band %j is written %j', (band, text) => expect(bandText(band)).toBe(text))

test('the weakest come first, equal rates by more visits, no value last', () => {
  const rows = [{ rate: null, applicable: 0 }, { rate: 80, applicable: 5 }, { rate: 40, applicable: 9 }, { rate: 80, applicable: 50 }]
  expect(weakestFirst(rows).map((row) => row.applicable)).toEqual([9, 50, 5, 0])
})

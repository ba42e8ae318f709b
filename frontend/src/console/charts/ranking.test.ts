/** What the sample cannot tell apart lies in one shade; too few visits lie in none. */
import { expect, test } from 'vitest'
import { inRank, rankOption, shadeAround, shadesOf, shadesWithin } from './ranking'
import type { Bar } from './ranking'
import type { ChartColours } from './look'

const bar = (value: number, interval: [number, number] | null, more: Partial<Bar> = {}): Bar => ({
  key: String(value), name: String(value), value, interval, faint: interval === null, marked: false, label: String(value), tip: [], ...more,
})
const bars = [bar(90, [85, 95]), bar(88, [80, 96]), bar(84, [83, 85]), bar(80, [78, 82]), bar(75, [70, 80]), bar(60, null)]

test('a shade holds all that cannot be told from its first; the next begins where one can', () => {
  expect(shadesOf(bars)).toEqual([[0, 2], [3, 4]])
})

test('without intervals nothing is shaded', () => {
  expect(shadesOf([bar(60, null), bar(50, null)])).toEqual([])
  expect(shadeAround(bars, 5)).toBeNull()
  expect(shadeAround(bars, -1)).toBeNull()
})

test('around one bar stand those whose interval meets its own', () => {
  expect(shadeAround(bars, 3)).toEqual([1, 4])
  expect(shadeAround(bars, 0)).toEqual([0, 2])
})

test('a shade is cut to the bars drawn, and one bar alone is no shade', () => {
  expect(shadesWithin([[0, 2], [3, 4], [5, 5]], 2, 3)).toEqual([[0, 0], [1, 2]])
})

test('the unranked come last, whatever their figure', () => {
  expect(inRank([bar(99, null), bar(50, [40, 60]), bar(70, [60, 80])]).map((one) => one.value)).toEqual([70, 50, 99])
})

test('a bar without an interval has no whisker', () => {
  const option = rankOption(bars, [], '', {} as ChartColours) as { series: { type: string; data: unknown[] }[] }
  expect(option.series.at(-1)?.data).toHaveLength(5)
})

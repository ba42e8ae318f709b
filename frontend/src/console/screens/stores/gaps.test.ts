/** Methods stand side by side, the highest first, and one that never came is left out rather than drawn as 0. */
import { expect, test } from 'vitest'
import type { ChartColours } from '../../charts/look'
import { gapOption, sideBySide } from './gaps'
import type { GapRow } from './gaps'

const t = (key: string): string => (key === 'gaps.mark' ? ', ' : key.replace('method.', ''))
const rows: GapRow[] = [
  { name: 'A', cells: [{ method: 'covert', rate: 71, gap_pp: null }, { method: 'self', rate: 98, gap_pp: 27 }] },
  { name: 'B', cells: [{ method: 'covert', rate: 80, gap_pp: null }] },
]

test('the highest rate is named first', () => {
  expect(sideBySide(rows[0]!.cells, t)).toBe('self 98.0 %, covert 71.0 %')
})

test('the base comes first, and a missing method has no mark', () => {
  const option = gapOption(rows, ['self', 'covert'], 'covert', t, {} as ChartColours) as { series: { name?: string; data: unknown[] }[] }
  expect(option.series.map((one) => [one.name, one.data.length])).toEqual([[undefined, 1], ['covert', 2], ['self', 1]])
})

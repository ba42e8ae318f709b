/** The gaps between methods as bars from one rate to the other, and in words. */
import type { EChartsCoreOption } from 'echarts/core'
import { pp, rate } from '@/shared/format'
import type { Method } from '@/shared/api/types'
import { nameAxis, rateAxis, still, tooltip } from '../../charts/look'
import type { ChartColours, Drawn } from '../../charts/look'

export interface GapRow {
  name: string
  cells: readonly { method: Method; rate: number | null; gap_pp: number | null }[]
}

type Say = (key: string) => string

/** `自查 98.0 %，飞检 91.0 %，暗访 71.0 %`, the highest first. */
export const sideBySide = (cells: GapRow['cells'], t: Say): string =>
  [...cells].sort((a, b) => (b.rate ?? -1) - (a.rate ?? -1)).map((cell) => `${t(`method.${cell.method}`)} ${rate(cell.rate)}`).join(t('gaps.mark'))

/** The cell of a method, if it visited. */
export const cellOf = <C extends { method: Method }>(cells: readonly C[], method: Method): C | null => cells.find((cell) => cell.method === method) ?? null

/** Symbols by place of the method: told apart in grey print too. */
const SYMBOLS = ['circle', 'diamond', 'rect', 'triangle', 'pin'] as const

const points = (rows: readonly GapRow[], method: Method, place: number, colours: ChartColours, t: Say): Drawn => ({
  type: 'scatter', name: t(`method.${method}`), symbol: SYMBOLS[place], symbolSize: 11, z: 3,
  itemStyle: place === 0 ? { color: colours.line } : { color: colours.page, borderColor: colours.text, borderWidth: 1.5 },
  data: rows.flatMap((row, at) => { const value = cellOf(row.cells, method)?.rate; return typeof value === 'number' ? [[value, at]] : [] }),
})

interface Place {
  value: (dimension: number) => number
  coord: (point: [number, number]) => [number, number]
}

function bridge(place: Place, colours: ChartColours): Drawn {
  const [x1, y1] = place.coord([place.value(1), place.value(0)])
  const [x2] = place.coord([place.value(2), place.value(0)])
  return { type: 'line', shape: { x1, y1, x2, y2: y1 }, style: { stroke: colours.strong, lineWidth: 2 } }
}

const bridges = (rows: readonly GapRow[]): number[][] =>
  rows.flatMap((row, at) => {
    const rates = row.cells.flatMap((cell) => (cell.rate === null ? [] : [cell.rate]))
    return rates.length > 1 ? [[at, Math.min(...rates), Math.max(...rates)]] : []
  })

const tip = (row: GapRow | undefined, t: Say): string =>
  row ? [row.name, ...row.cells.map((cell) => `${t(`method.${cell.method}`)} ${rate(cell.rate)}${cell.gap_pp === null ? '' : `  ${pp(cell.gap_pp)}`}`)].join('\n') : ''

/** One line a row, with a mark a method; the base's is filled. */
export function gapOption(rows: readonly GapRow[], methods: readonly Method[], base: Method, t: Say, colours: ChartColours): EChartsCoreOption {
  const inOrder = [base, ...methods.filter((method) => method !== base)]
  return {
    ...still(),
    legend: { top: 0, left: 0, data: inOrder.map((method) => t(`method.${method}`)), textStyle: { color: colours.text }, itemWidth: 12, itemHeight: 10 },
    grid: { left: 8, right: 24, top: 30, bottom: 4, containLabel: true },
    xAxis: rateAxis(0, colours),
    yAxis: nameAxis(rows.map((row) => row.name), colours, { inverse: true, axisLabel: { color: colours.text, interval: 0, width: 220, overflow: 'truncate' } }),
    tooltip: tooltip(colours, { trigger: 'axis', axisPointer: { type: 'shadow', axis: 'y' }, formatter: (items: { dataIndex: number; data: number[] }[]) => tip(rows[items[0]?.data[1] ?? -1], t) }),
    series: [
      { type: 'custom', data: bridges(rows), encode: { x: [1, 2], y: 0 }, silent: true, z: 2, renderItem: (_: unknown, place: Place) => bridge(place, colours), tooltip: { show: false } },
      ...inOrder.map((method, place) => points(rows, method, place, colours, t)),
    ],
  }
}

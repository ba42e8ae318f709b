/** The trend of a rate over waves as an ECharts option: line with interval band, target, version breaks, last value labelled. */
import type { EChartsCoreOption } from 'echarts/core'
import { interval, rate } from '@/shared/format'
import type { TrendPoint } from '../api/types'
import { nameAxis, rateAxis, still, tooltip } from './look'
import type { ChartColours, Drawn } from './look'

export interface TrendWords {
  rate: string
  likeForLike: string
  target: string
  newVersion: string
  n: (count: number) => string
  wave: (number: number) => string
}

const STEP = 10

/** The lowest value the axis must hold: 0, or a ten below everything drawn; above 0 the axis counts as cut. */
export function axisStart(points: readonly TrendPoint[], target: number | null): number {
  const values = points.flatMap((point) => [point.rate, point.like_for_like, point.interval?.[0]]).filter((value) => typeof value === 'number')
  const lowest = Math.min(100, ...values, ...(target === null ? [] : [target]))
  return Math.max(0, Math.floor((lowest - 2) / STEP) * STEP)
}

const bandPart = (data: (number | null)[], colours: ChartColours, opacity: number): Drawn => ({
  type: 'line', stack: 'interval', data, symbol: 'none', silent: true, lineStyle: { opacity: 0 }, areaStyle: { color: colours.line, opacity }, emphasis: { disabled: true },
})

function markLines(points: readonly TrendPoint[], target: number | null, words: TrendWords, colours: ChartColours): Drawn[] {
  const breaks = points.flatMap((point, place) =>
    point.break ? [{ xAxis: place, label: { formatter: words.newVersion, color: colours.muted }, lineStyle: { color: colours.muted, type: 'dotted' } }] : [],
  )
  const aim = { yAxis: target, label: { formatter: `${words.target} ${rate(target)}`, position: 'insideStartTop', color: colours.muted }, lineStyle: { color: colours.muted, type: 'solid', width: 1 } }
  return target === null ? breaks : [...breaks, aim]
}

function mainLine(points: readonly TrendPoint[], target: number | null, words: TrendWords, colours: ChartColours): Drawn {
  const last = points.length - 1
  const data = points.map((point, place) =>
    place === last ? { value: point.rate, label: { show: true, formatter: rate(point.rate), position: 'right', color: colours.text, fontWeight: 600 } } : point.rate,
  )
  return {
    type: 'line', name: words.rate, data, symbol: 'circle', symbolSize: 7, color: colours.line, lineStyle: { width: 2 }, z: 3,
    markLine: { symbol: 'none', silent: true, data: markLines(points, target, words, colours) },
  }
}

const likeLine = (points: readonly TrendPoint[], words: TrendWords, colours: ChartColours): Drawn => ({
  type: 'line', name: words.likeForLike, data: points.map((point) => point.like_for_like), symbol: 'emptyCircle', symbolSize: 5,
  color: colours.line, lineStyle: { type: 'dashed', width: 1.5 }, connectNulls: false, z: 2,
})

/** The lines of the tooltip over one wave. */
export function tipText(point: TrendPoint, words: TrendWords): string {
  const like = point.like_for_like === null || point.like_for_like === undefined ? [] : [`${words.likeForLike} ${rate(point.like_for_like)}`]
  return [words.wave(point.number), `${words.rate} ${rate(point.rate)} ${point.interval ? interval(point.interval) : ''}`, ...like, words.n(point.n)].join('\n')
}

/** The whole chart. The interval band is a clear line up to its low end with the width of the interval stacked on it. */
export function trendOption(points: readonly TrendPoint[], target: number | null, words: TrendWords, colours: ChartColours): EChartsCoreOption {
  const low = points.map((point) => point.interval?.[0] ?? point.rate)
  const width = points.map((point) => (point.interval ? point.interval[1] - point.interval[0] : 0))
  return {
    ...still(),
    grid: { left: 8, right: 64, top: 22, bottom: 4, containLabel: true },
    xAxis: nameAxis(points.map((point) => words.wave(point.number)), colours, { boundaryGap: false }),
    yAxis: rateAxis(axisStart(points, target), colours),
    tooltip: tooltip(colours, {
      trigger: 'axis',
      formatter: (items: { dataIndex: number }[]) => { const point = points[items[0]?.dataIndex ?? -1]; return point ? tipText(point, words) : '' },
    }),
    series: [bandPart(low, colours, 0), bandPart(width, colours, 0.16), likeLine(points, words, colours), mainLine(points, target, words, colours)],
  }
}

/** A ranking as sorted bars: whiskers for the interval, shades for what the sample cannot tell apart, grey for too few visits. */
import type { EChartsCoreOption } from 'echarts/core'
import { interval } from '@/shared/format'
import type { Interval } from '../api/types'
import { nameAxis, rateAxis, still, tooltip } from './look'
import type { ChartColours, Drawn } from './look'

export interface Bar {
  key: string
  name: string
  value: number | null
  interval: Interval | null
  /** Too few visits or stores: grey, without a rank. */
  faint: boolean
  /** The reader's own, or the one looked for. */
  marked: boolean
  /** What stands at the bar's end, and what the tooltip says. */
  label: string
  tip: string[]
}

/** First and last place, from 0, of bars that the sample does not tell from the first of them. */
export type Shade = [first: number, last: number]

/** The bars in order of rank, cut into shades; bars without an interval belong to none. */
export function shadesOf(bars: readonly Pick<Bar, 'interval' | 'faint'>[]): Shade[] {
  const shades: Shade[] = []
  let low = 0
  bars.forEach((bar, place) => {
    if (bar.faint || !bar.interval) return
    const open = shades.at(-1)
    if (open && open[1] === place - 1 && bar.interval[1] >= low) open[1] = place
    else {
      shades.push([place, place])
      low = bar.interval[0]
    }
  })
  return shades
}

/** The bars a reader cannot tell from one of them. */
export function shadeAround(bars: readonly Pick<Bar, 'interval' | 'faint'>[], place: number): Shade | null {
  const own = bars[place]?.interval
  if (!own) return null
  const meets = bars.flatMap((bar, other) => (bar.interval && !bar.faint && bar.interval[0] <= own[1] && bar.interval[1] >= own[0] ? [other] : []))
  return meets.length ? [meets[0]!, meets.at(-1)!] : null
}

/** Best first; without a value or a rank last. */
export const inRank = <R extends Pick<Bar, 'value' | 'faint' | 'name'>>(bars: readonly R[]): R[] =>
  [...bars].sort((a, b) => Number(a.faint) - Number(b.faint) || (b.value ?? -1) - (a.value ?? -1) || a.name.localeCompare(b.name))

/** The part of all shades that lies within the bars drawn. */
export const shadesWithin = (shades: readonly Shade[], from: number, count: number): Shade[] =>
  shades
    .filter(([first, last]) => last >= from && first < from + count && last > first)
    .map(([first, last]) => [Math.max(first, from) - from, Math.min(last, from + count - 1) - from])

const ROW = 26
const TOP = 4
const AXIS = 40
/** The height that gives every bar its room. */
export const rankHeight = (bars: number): number => Math.max(2, bars) * ROW + TOP + AXIS

interface Place {
  value: (dimension: number) => number
  coord: (point: [number, number]) => [number, number]
}

function whisker(place: Place, colours: ChartColours): Drawn {
  const [row, low, high] = [place.value(0), place.value(1), place.value(2)]
  const [from, to] = [place.coord([low, row]), place.coord([high, row])]
  const line = (x1: number, y1: number, x2: number, y2: number): Drawn => ({ type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: colours.text, lineWidth: 1, fill: 'none' } })
  return { type: 'group', children: [line(from[0], from[1], to[0], to[1]), line(from[0], from[1] - 4, from[0], from[1] + 4), line(to[0], to[1] - 4, to[0], to[1] + 4)] }
}

interface Ground {
  coordSys: { x: number; y: number; width: number; height: number }
}

function shadeRect({ coordSys }: Ground, place: Place, bars: number, colours: ChartColours): Drawn {
  const row = coordSys.height / bars
  const [first, last] = [place.value(0), place.value(1)]
  return {
    type: 'rect', shape: { x: 0, y: coordSys.y + first * row + 1, width: coordSys.x + coordSys.width, height: (last - first + 1) * row - 2 },
    style: { fill: colours.line, opacity: 0.09 },
  }
}

function barStyle(bar: Bar, colours: ChartColours): Drawn {
  if (bar.faint) return { color: colours.na, opacity: 0.45, decal: { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: 0.8 } }
  return { color: colours.line, opacity: bar.marked ? 1 : 0.5 }
}

// Every other shade is painted, so that two beside each other show as two.
const painted = (shades: readonly Shade[]): Shade[] => shades.filter((_, place) => place % 2 === 0)

/** The figures stand in a column at the right end, clear of bars and whiskers. */
const labels = (bars: readonly Bar[], colours: ChartColours): Drawn => ({
  type: 'scatter', data: bars.map((_, row) => [100, row]), symbolSize: 0, silent: true,
  label: { show: true, position: 'right', distance: 8, color: colours.text, formatter: (item: { dataIndex: number }) => bars[item.dataIndex]?.label ?? '' },
})

/** The whole chart; `bars` are those drawn, the best on top. */
export function rankOption(bars: readonly Bar[], shades: readonly Shade[], axisName: string, colours: ChartColours): EChartsCoreOption {
  const data = bars.map((bar) => ({ value: bar.value, itemStyle: barStyle(bar, colours), label: { fontWeight: bar.marked ? 700 : 400 } }))
  const whiskers = bars.flatMap((bar, row) => (bar.interval ? [[row, ...bar.interval]] : []))
  return {
    ...still(),
    grid: { left: 8, right: bars.some((bar) => bar.faint) ? 116 : 72, top: TOP, bottom: 18, containLabel: true },
    xAxis: rateAxis(0, colours, { name: axisName, nameLocation: 'middle', nameGap: 24, nameTextStyle: { color: colours.muted } }),
    yAxis: nameAxis(bars.map((bar) => (bar.marked ? `▶ ${bar.name}` : bar.name)), colours, {
      inverse: true, axisLabel: { color: colours.text, interval: 0, width: 190, overflow: 'truncate' },
    }),
    tooltip: tooltip(colours, { trigger: 'axis', axisPointer: { type: 'shadow' }, formatter: (items: { dataIndex: number }[]) => tipOf(bars[items[0]?.dataIndex ?? -1]) }),
    series: [
      { type: 'bar', data, barWidth: 14, z: 2 },
      { type: 'custom', data: painted(shades), z: 0, silent: true, renderItem: (ground: Ground, place: Place) => shadeRect(ground, place, bars.length, colours), clip: false },
      labels(bars, colours),
      { type: 'custom', data: whiskers, z: 3, silent: true, encode: { x: [1, 2], y: 0 }, renderItem: (_: unknown, place: Place) => whisker(place, colours) },
    ],
  }
}

const tipOf = (bar: Bar | undefined): string => (bar ? [bar.name, ...bar.tip, ...(bar.interval ? [interval(bar.interval)] : [])].join('\n') : '')

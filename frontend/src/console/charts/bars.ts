/** Rates as sorted horizontal bars with interval whiskers, each with its own words at the end. */
import type { EChartsCoreOption } from 'echarts/core'
import { nameAxis, rateAxis, still, tooltip } from './look'
import type { ChartColours, Drawn } from './look'

export interface Bar {
  name: string
  rate: number | null
  interval: [number, number] | null
  /** Stands at the bar's end. */
  label: string
  /** The lines of the tooltip. */
  tip: string[]
  faint?: boolean
}

export const BAR_HEIGHT = 30
export const heightOf = (bars: readonly Bar[]): number => bars.length * BAR_HEIGHT + 36

interface Placed {
  value: (dimension: number) => number
  coord: (point: [number, number]) => [number, number]
}

/** A whisker: from low to high with a short stroke at either end. */
function whisker(bars: readonly Bar[], colours: ChartColours): Drawn {
  const stroke = (x1: number, y1: number, x2: number, y2: number): Drawn => ({ type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: colours.text, lineWidth: 1.2 } })
  return {
    type: 'custom', silent: true, z: 4, encode: { x: [1, 2], y: 0 }, tooltip: { show: false },
    data: bars.flatMap((bar, place) => (bar.interval ? [[place, ...bar.interval]] : [])),
    renderItem: (_: unknown, api: Placed) => {
      const [low, y] = api.coord([api.value(1), api.value(0)])
      const [high] = api.coord([api.value(2), api.value(0)])
      return { type: 'group', children: [stroke(low, y, high, y), stroke(low, y - 4, low, y + 4), stroke(high, y - 4, high, y + 4)] }
    },
  }
}

const NARROW = 480
const namesIn = (width: number): EChartsCoreOption => ({ yAxis: [{ axisLabel: { width } }, {}] })

/** The whole chart, the first bar on top; on a phone the names give way to the bars. */
export function barsOption(bars: readonly Bar[], rateName: string, colours: ChartColours): EChartsCoreOption {
  const data = bars.map((bar) => ({
    value: bar.rate, itemStyle: { color: bar.faint ? colours.na : colours.line, opacity: 0.55 },
  }))
  return {
    ...still(),
    grid: { left: 4, right: 12, top: 4, bottom: 4, containLabel: true },
    yAxis: [
      nameAxis(bars.map((bar) => bar.name), colours, { inverse: true, axisLabel: { color: colours.text, overflow: 'truncate', interval: 0 } }),
      nameAxis(bars.map((bar) => bar.label), colours, { inverse: true, position: 'right', axisLine: { show: false }, axisLabel: { color: colours.text, interval: 0 } }),
    ],
    xAxis: rateAxis(0, colours),
    tooltip: tooltip(colours, {
      trigger: 'axis', axisPointer: { type: 'shadow' },
      formatter: (items: { dataIndex: number }[]) => bars[items[0]?.dataIndex ?? -1]?.tip.join('\n') ?? '',
    }),
    series: [{ type: 'bar', name: rateName, data, barMaxWidth: 16, cursor: 'pointer' }, whisker(bars, colours)],
    media: [{ query: { maxWidth: NARROW }, option: namesIn(104) }, { option: namesIn(190) }],
  }
}

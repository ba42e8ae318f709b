/** A store's modules as a radar, with its region and all stores as outlines; and the store's trend beside both. */
import type { EChartsCoreOption } from 'echarts/core'
import { rate } from '@/shared/format'
import { nameAxis, rateAxis, still, tooltip } from './look'
import type { ChartColours, Drawn } from './look'
import { wrapped } from './picture'

/** One figure of a store beside the means of its region's and of all stores. */
export interface Beside {
  name: string
  rate: number | null
  region_rate: number | null
  network_rate: number | null
}

export interface BesideWords {
  own: string
  region: string
  network: string
}

type Side = 'rate' | 'region_rate' | 'network_rate'
const SIDES = [['rate', 'own'], ['region_rate', 'region'], ['network_rate', 'network']] as const

/** The sides that have a figure at all; region and network have none below five stores. */
export const sidesOf = (rows: readonly Beside[]): (typeof SIDES)[number][] => SIDES.filter(([side]) => rows.some((row) => row[side] !== null))

const lineStyle = (side: Side, colours: ChartColours): Drawn =>
  side === 'rate' ? { color: colours.line, width: 2.5, type: 'solid' } : { color: side === 'region_rate' ? colours.text : colours.muted, width: 1.5, type: side === 'region_rate' ? 'dashed' : 'dotted' }
const symbol = (side: Side): string => (side === 'rate' ? 'circle' : side === 'region_rate' ? 'diamond' : 'rect')

const tip = (row: Beside | undefined, words: BesideWords): string =>
  row ? [row.name, `${words.own} ${rate(row.rate)}`, `${words.region} ${rate(row.region_rate)}`, `${words.network} ${rate(row.network_rate)}`].join('\n') : ''
const legend = (rows: readonly Beside[], words: BesideWords, colours: ChartColours): Drawn => ({
  bottom: 0, data: sidesOf(rows).map(([side, word]) => ({ name: words[word], icon: symbol(side) })), textStyle: { color: colours.text }, itemWidth: 14, itemHeight: 9,
})

/** What a phone leaves beside the radar: six Chinese characters, or eleven letters. */
const CORNER = { characters: 6, letters: 11 }

/** How wide a text is in Chinese characters. */
function charactersIn(text: string): number {
  const chinese = text.match(/[\u2e80-\uffff]/gu)?.length ?? 0
  return chinese + ((text.length - chinese) * CORNER.characters) / CORNER.letters
}

/** A corner's name in lines that fit beside the radar. */
export const cornerName = (name: string): string => wrapped(name, CORNER.characters, charactersIn).join('\n')

/** A radar needs three corners: with fewer, the table says it. */
export function radarOption(rows: readonly Beside[], words: BesideWords, colours: ChartColours): EChartsCoreOption {
  const sides = sidesOf(rows)
  return {
    ...still(),
    legend: legend(rows, words, colours),
    tooltip: tooltip(colours, { trigger: 'item', formatter: (item: { name: string; value: number[] }) => [item.name, ...rows.map((row, place) => `${row.name} ${rate(item.value[place])}`)].join('\n') }),
    radar: {
      indicator: rows.map((row) => ({ name: row.name, max: 100, min: 0 })), radius: '58%', center: ['50%', '46%'], splitNumber: 4,
      axisName: { color: colours.text, formatter: cornerName }, splitArea: { show: false }, splitLine: { lineStyle: { color: colours.grid } }, axisLine: { lineStyle: { color: colours.grid } },
    },
    series: [{
      type: 'radar', symbolSize: 5,
      data: sides.map(([side, word]) => ({
        name: words[word], value: rows.map((row) => row[side] ?? 0), symbol: symbol(side), lineStyle: lineStyle(side, colours), itemStyle: { color: lineStyle(side, colours).color },
        areaStyle: side === 'rate' ? { color: colours.line, opacity: 0.12 } : { opacity: 0 },
      })),
    }],
  }
}

/** The store over the waves, with region and network as outlines; the last values labelled at the line's end. */
export function besideOption(rows: readonly Beside[], start: number, words: BesideWords, colours: ChartColours): EChartsCoreOption {
  const sides = sidesOf(rows)
  const last = rows.length - 1
  return {
    ...still(),
    legend: legend(rows, words, colours),
    grid: { left: 8, right: 64, top: 16, bottom: 34, containLabel: true },
    xAxis: nameAxis(rows.map((row) => row.name), colours, { boundaryGap: false }),
    yAxis: rateAxis(start, colours),
    tooltip: tooltip(colours, { trigger: 'axis', formatter: (items: { dataIndex: number }[]) => tip(rows[items[0]?.dataIndex ?? -1], words) }),
    series: sides.map(([side, word]) => ({
      type: 'line', name: words[word], symbol: symbol(side), symbolSize: side === 'rate' ? 7 : 5, lineStyle: lineStyle(side, colours), itemStyle: { color: lineStyle(side, colours).color }, z: side === 'rate' ? 3 : 2,
      data: rows.map((row, place) => (place === last && side === 'rate' ? { value: row[side], label: { show: true, formatter: rate(row[side]), position: 'right', color: colours.text, fontWeight: 600 } } : row[side])),
    })),
  }
}

/** Where the axis begins: 0, or a ten below everything drawn. */
export function besideStart(rows: readonly Beside[]): number {
  const values = rows.flatMap((row) => [row.rate, row.region_rate, row.network_rate]).filter((value) => value !== null)
  return Math.max(0, Math.floor((Math.min(100, ...values) - 2) / 10) * 10)
}

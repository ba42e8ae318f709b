/**
 * The map as an ECharts option. It is a schematic: the ground is made of the regions' own hulls and a net of degrees, and
 * shows no border of any country, for those may only be published in China with an approved map.
 */
import { registerMap } from 'echarts/core'
import type { EChartsCoreOption } from 'echarts/core'
import { still, tooltip } from '../../charts/look'
import type { ChartColours, Drawn } from '../../charts/look'
import { aired, frameOf, gridStep, stepOf } from './places'
import type { Frame, Point } from './places'

export interface Mark {
  key: string
  name: string
  at: Point
  rate: number | null
  red: boolean
  faint: boolean
  size: number
  labelled: boolean
  tip: string[]
}

export interface Ground {
  name: string
  points: Point[]
}

const GROUND = 'regions'
const AIR = 0.35
const SHARES = [0.15, 0.4, 0.7, 1] as const

/** Red, green and blue of `#rrggbb`, or of `#rgb` as style sheets shorten it. */
const channels = (hex: string): number[] => (hex.length === 4 ? [1, 2, 3].map((at) => parseInt(hex[at]!, 16) * 17) : [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)))

/** The colour a share of the way from one to another. */
export function mixed(from: string, to: string, share: number): string {
  const [start, end] = [channels(from), channels(to)]
  return `rgb(${start.map((value, place) => Math.round(value + (end[place]! - value) * share)).join(', ')})`
}

/** The four fills, good to weak. */
export const fills = (colours: ChartColours): string[] => SHARES.map((share) => mixed(colours.page, colours.line, share))

const closed = (points: Point[]): Point[] => [...points, points[0]!]

function groundOf(regions: readonly Ground[]): Parameters<typeof registerMap>[1] {
  const features = regions.map((region) => ({ type: 'Feature', properties: { name: region.name }, geometry: { type: 'Polygon', coordinates: [closed(aired(region.points, AIR))] } }))
  return { type: 'FeatureCollection', features } as Parameters<typeof registerMap>[1]
}

const lines = (from: number, to: number, step: number): number[] => {
  const first = Math.ceil(from / step)
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, place) => (first + place) * step)
}

function net(frame: Frame): number[][] {
  const step = gridStep(Math.max(frame.east - frame.west, frame.north - frame.south))
  const wide = (frame.east - frame.west) / 2
  return [
    ...lines(frame.west - wide, frame.east + wide, step).map((lon) => [lon, frame.south - wide, lon, frame.north + wide]),
    ...lines(frame.south - wide, frame.north + wide, step).map((lat) => [frame.west - wide, lat, frame.east + wide, lat]),
  ]
}

interface Place {
  value: (dimension: number) => number
  coord: (point: Point) => Point
}

function netLine(place: Place, colours: ChartColours): Drawn {
  const [x1, y1] = place.coord([place.value(0), place.value(1)])
  const [x2, y2] = place.coord([place.value(2), place.value(3)])
  return { type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: colours.grid, lineWidth: 1 } }
}

function markOf(mark: Mark, colours: ChartColours): Drawn {
  const fill = mark.rate === null ? colours.page : fills(colours)[stepOf(mark.rate)]
  return {
    name: mark.name, value: mark.at, symbol: mark.red ? 'triangle' : 'circle', symbolSize: mark.red ? mark.size + 4 : mark.size,
    itemStyle: { color: fill, borderColor: mark.red ? colours.fail : colours.strong, borderWidth: mark.red ? 2.5 : 1, opacity: mark.faint ? 0.55 : 1 },
    label: { show: mark.labelled, formatter: mark.name, position: 'right', color: colours.text, textBorderColor: colours.page, textBorderWidth: 2 },
  }
}

/** The whole map; the red lines lie on top. */
export function mapOption(marks: readonly Mark[], regions: readonly Ground[], zoom: number, colours: ChartColours): EChartsCoreOption {
  registerMap(GROUND, groundOf(regions))
  const frame = frameOf(marks.map((mark) => mark.at))
  return {
    ...still(),
    tooltip: tooltip(colours, { trigger: 'item', formatter: (item: { dataIndex: number }) => [marks[item.dataIndex]?.name ?? '', ...(marks[item.dataIndex]?.tip ?? [])].join('\n') }),
    geo: {
      map: GROUND, roam: true, silent: true, zoom, scaleLimit: { min: 0.8, max: 60 }, boundingCoords: [[frame.west, frame.north], [frame.east, frame.south]], aspectScale: Math.cos(((frame.north + frame.south) / 2) * (Math.PI / 180)),
      left: 12, right: 12, top: 12, bottom: 12, itemStyle: { areaColor: colours.line, opacity: 0.07, borderColor: colours.line, borderWidth: 1 }, emphasis: { disabled: true }, label: { show: false },
    },
    series: [
      { type: 'custom', coordinateSystem: 'geo', data: net(frame), silent: true, z: 0, renderItem: (_: unknown, place: Place) => netLine(place, colours) },
      { type: 'scatter', coordinateSystem: 'geo', data: marks.map((mark) => markOf(mark, colours)), z: 3, labelLayout: { hideOverlap: true }, cursor: 'pointer' },
    ],
  }
}

/** Where stores lie, as plain geometry: hulls of regions, marks of cities, the frame around them. Degrees of GCJ-02. */
import type { PlacedStore } from '../../api/methods'

export type Point = [lon: number, lat: number]

export interface City {
  name: string
  at: Point
  stores: number
  /** Mean of the stores' rates. */
  rate: number | null
  red_lines: number
}

export type Placed = PlacedStore & { lat: number; lon: number }
export const isPlaced = (store: PlacedStore): store is Placed => store.lat !== null && store.lon !== null
export const pointOf = (store: Placed): Point => [store.lon, store.lat]

const cross = (origin: Point, a: Point, b: Point): number => (a[0] - origin[0]) * (b[1] - origin[1]) - (a[1] - origin[1]) * (b[0] - origin[0])

function chain(points: readonly Point[]): Point[] {
  const kept: Point[] = []
  for (const point of points) {
    while (kept.length > 1 && cross(kept.at(-2)!, kept.at(-1)!, point) <= 0) kept.pop()
    kept.push(point)
  }
  return kept.slice(0, -1)
}

/** The convex hull, by A. M. Andrew's monotone chain (1979), counter-clockwise. */
export function hull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const distinct = sorted.filter((point, place) => place === 0 || point[0] !== sorted[place - 1]![0] || point[1] !== sorted[place - 1]![1])
  return distinct.length < 3 ? distinct : [...chain(distinct), ...chain([...distinct].reverse())]
}

/** A hull with air around it; a region of one or two stores becomes a small square around each. */
export function aired(points: readonly Point[], by: number): Point[] {
  return hull(points.flatMap(([lon, lat]): Point[] => [[lon - by, lat - by], [lon + by, lat - by], [lon - by, lat + by], [lon + by, lat + by]]))
}

const mean = (values: readonly number[]): number | null => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null)

/** Stores by city, the most stores first; those without a city stand for themselves under their own name. */
export function citiesOf(stores: readonly Placed[]): City[] {
  const byName = new Map<string, Placed[]>()
  for (const store of stores) byName.set(store.city || store.name, [...(byName.get(store.city || store.name) ?? []), store])
  return [...byName]
    .map(([name, held]) => ({
      name, stores: held.length, at: [mean(held.map((store) => store.lon)), mean(held.map((store) => store.lat))] as Point,
      rate: mean(held.flatMap((store) => (store.rate === null ? [] : [store.rate]))), red_lines: held.filter((store) => store.red_line).length,
    }))
    .sort((a, b) => b.stores - a.stores || a.name.localeCompare(b.name))
}

export interface Frame {
  west: number
  south: number
  east: number
  north: number
}

/** The frame around some points, with a margin of a tenth and never narrower than half a degree. */
export function frameOf(points: readonly Point[]): Frame {
  const [lons, lats] = [points.map((point) => point[0]), points.map((point) => point[1])]
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)]
  const [wide, high] = [Math.max(0.5, (east - west) * 0.1), Math.max(0.4, (north - south) * 0.1)]
  return { west: west - wide, east: east + wide, south: south - high, north: north + high }
}

/** The step in degrees that puts about six lines into a span. */
export const gridStep = (span: number): number => [0.1, 0.2, 0.5, 1, 2, 5, 10].find((step) => span / step <= 8) ?? 20

/** 0 for good, 3 for weak: four steps that the legend names. */
export const STEPS = [90, 80, 70] as const
export const stepOf = (rate: number): number => { const step = STEPS.findIndex((floor) => rate >= floor); return step < 0 ? STEPS.length : step }

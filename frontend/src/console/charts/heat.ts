/** A heat map's arithmetic: one hue, faint is good and strong is weak; rows weakest last; which rows are in sight. */
import type { Matrix, MatrixRow } from '../api/types'

/** How weak a rate is drawn, 0 to 1: 100 % is the page's own colour, 40 % and below the full hue. */
export const shade = (rate: number | null): number => (rate === null ? 0 : Math.min(1, Math.max(0, (100 - rate) / 60)))

/** The strengths of the hue. None lies where neither the page's ink nor the ink on the hue would be read well. */
export const STRENGTHS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 0.88, 1] as const
const INK_TURNS = 0.6

/** The strength of the hue under a rate. */
export const strength = (rate: number | null): number => STRENGTHS[Math.round(shade(rate) * (STRENGTHS.length - 1))]!

/** Whether figures on this strength are written in the ink that stands on the hue. */
export const isStrong = (value: number): boolean => value > INK_TURNS

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The pooled share of a whole row; it only orders the rows and is never shown. */
export const total = (row: MatrixRow): number => sum(row.passed) / Math.max(1, sum(row.applicable))

/** Rows with the best total first. */
export const byTotal = (matrix: Matrix): MatrixRow[] => [...matrix.items].sort((a, b) => total(b) - total(a))

/** Rows with the weakest cell of one column first; those without a value last. */
export const byColumn = (matrix: Matrix, place: number): MatrixRow[] => [...matrix.items].sort((a, b) => (a.rates[place] ?? 101) - (b.rates[place] ?? 101))

/** The first row drawn and the one after the last, of `count` rows of one height, with a few beyond either edge. */
export function windowOf(count: number, row: number, scrolled: number, seen: number, beyond = 8): [number, number] {
  const first = Math.max(0, Math.floor(scrolled / row) - beyond)
  return [Math.min(first, count), Math.min(count, Math.ceil((scrolled + seen) / row) + beyond)]
}

const PAGE = 20
const STEPS: Record<string, [number, number]> = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-PAGE, 0], PageDown: [PAGE, 0], Home: [0, -Infinity], End: [0, Infinity],
}

/** Where a key leads from a cell; null for keys that mean nothing here. */
export function moved(key: string, from: { row: number; column: number }, rows: number, columns: number): { row: number; column: number } | null {
  const step = STEPS[key]
  if (!step) return null
  const within = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value))
  return { row: within(from.row + step[0], rows), column: within(from.column + step[1], columns) }
}

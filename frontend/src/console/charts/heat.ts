/** A heat map's arithmetic: one hue, faint is good and strong is weak; rows weakest last. */
import type { Matrix, MatrixRow } from '../api/types'

/** How strong a rate is drawn, 0 to 1: 100 % is the page's own colour, 40 % and below the full hue. */
export const shade = (rate: number | null): number => (rate === null ? 0 : Math.min(1, Math.max(0, (100 - rate) / 60)))

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The pooled share of a whole row; it only orders the rows and is never shown. */
export const total = (row: MatrixRow): number => sum(row.passed) / Math.max(1, sum(row.applicable))

/** Rows with the best total first. */
export const byTotal = (matrix: Matrix): MatrixRow[] => [...matrix.items].sort((a, b) => total(b) - total(a))

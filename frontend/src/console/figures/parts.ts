/** Small pure readings of report rows that several pages share. */
import type { AreaRow, Band } from '../api/types'

/** The code of a row by stage, module or dimension. */
export const partCode = (row: { stage?: string; module?: string; dimension?: string }): string => row.stage ?? row.module ?? row.dimension ?? ''

/** The id of a row by region or group. */
export const areaId = (row: AreaRow): string => row.region_id ?? row.group_id ?? ''

/** `61–84` from the first and last rank of a band; empty without one. */
export const bandText = (band: Band): string => (band === null ? '' : band[0] === band[1] ? String(band[0]) : `${band[0]}–${band[1]}`)

/** The weakest checkpoints first; those without a value last. */
export const weakestFirst = <R extends { rate: number | null; applicable: number }>(rows: readonly R[]): R[] =>
  [...rows].sort((a, b) => (a.rate ?? 101) - (b.rate ?? 101) || b.applicable - a.applicable)

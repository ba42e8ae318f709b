/** Which checkpoints hold the fails: weakest first, with the share of all fails that they and those before them make up. */
import type { CheckpointRow } from '../api/types'
import { weakestFirst } from '../figures/parts'

export interface ParetoRow extends CheckpointRow {
  /** Percent of all fails in this row and the rows before it; null without any fail. */
  cumulated: number | null
}

/** Fewer applicable answers than this and a checkpoint's rate is shown in grey. */
export const FEW_ANSWERS = 5

export const isSmall = (row: { applicable: number }): boolean => row.applicable < FEW_ANSWERS

/** NA as a percentage of all answers; null without any. */
export const naShare = (row: { na: number; applicable: number }): number | null => (row.na + row.applicable === 0 ? null : (100 * row.na) / (row.na + row.applicable))

/** The weakest `most` checkpoints. */
export function pareto(rows: readonly CheckpointRow[], most: number): ParetoRow[] {
  const all = rows.reduce((sum, row) => sum + row.failed, 0)
  let sum = 0
  return weakestFirst(rows).slice(0, most).map((row) => {
    sum += row.failed
    return { ...row, cumulated: all === 0 ? null : (100 * sum) / all }
  })
}

/** The checkpoints that rose and fell the most since the wave before, those with a shown change first. */
export function movers(rows: readonly CheckpointRow[], most: number): { up: CheckpointRow[]; down: CheckpointRow[] } {
  const by = (sign: number): CheckpointRow[] =>
    rows
      .filter((row) => row.change_pp !== null && sign * row.change_pp > 0)
      .sort((a, b) => Number(b.change_shown) - Number(a.change_shown) || sign * (b.change_pp! - a.change_pp!))
      .slice(0, most)
  return { up: by(1), down: by(-1) }
}

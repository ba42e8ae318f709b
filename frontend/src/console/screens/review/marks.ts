/** The time marks of a clip or recording: every place of it that proves an answer. */
import type { Answer } from '@/shared/api/types'

export interface TimeMark {
  checkpoint: string
  atMs: number
}

/** All marks that the visit's answers set in this file, in the order of time, one for each checkpoint and moment. */
export function marksOf(fileId: string, answers: readonly Answer[]): TimeMark[] {
  const links = answers.flatMap(({ checkpoint, evidence }) => evidence.map((link) => ({ ...link, checkpoint })))
  const marks = links.flatMap(({ id, at_ms: atMs, checkpoint }) => (id === fileId && atMs !== null ? [{ checkpoint, atMs }] : []))
  return marks.sort((a, b) => a.atMs - b.atMs || a.checkpoint.localeCompare(b.checkpoint))
}

/** Where a moment lies in a drawing of the whole, as a CSS length from its left edge. */
export function placeOf(atMs: number, durationMs: number | null): string {
  const part = durationMs ? Math.min(1, Math.max(0, atMs / durationMs)) : 0
  return `${(part * 100).toFixed(2)}%`
}

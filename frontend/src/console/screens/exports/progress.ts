/** How far an export is: whether it still changes, and its share done. */
import type { ExportLine } from '../../api/exports'

export const isUnfinished = (one: Pick<ExportLine, 'state'>): boolean => one.state === 'queued' || one.state === 'running'

/** 0-100 in whole percent; nothing expected is all written. */
export function percentOf(one: Pick<ExportLine, 'expected' | 'written'>): number {
  if (one.expected === null) return 0
  return one.expected === 0 ? 100 : Math.min(100, Math.floor((100 * one.written) / one.expected))
}

/** The list with those lines replaced that are told anew. */
export const replaced = (lines: readonly ExportLine[], fresh: readonly ExportLine[]): ExportLine[] => {
  const byId = new Map(fresh.map((one) => [one.id, one]))
  return lines.map((one) => byId.get(one.id) ?? one)
}

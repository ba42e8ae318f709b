/** What an auditor reads of a store before an open audit, kept with its pictures so that it opens without network. */
import type { AuditSheet } from '@/shared/api/types'
import { database } from './database'

export interface KeptSheet {
  sheet: AuditSheet
  /** Picture id -> the picture; one that could not be fetched is not there. */
  pictures: Map<string, Blob>
  fetched_at: string
}

const PREFIX = 'audit-sheet:'
const keyOf = (visitId: string): string => `${PREFIX}${visitId}`

export const keptAuditSheet = async (visitId: string): Promise<KeptSheet | null> =>
  ((await database().settings.get(keyOf(visitId)))?.value as KeptSheet | undefined) ?? null

export const keepAuditSheet = async (kept: KeptSheet): Promise<void> =>
  void (await database().settings.put({ key: keyOf(kept.sheet.visit_id), value: kept }))

/** Forgets the sheets of visits that are no longer to be made: their pictures have no business on the phone. */
export async function forgetOtherSheets(visitIds: string[]): Promise<void> {
  const kept = new Set(visitIds.map(keyOf))
  await database().settings.where('key').startsWith(PREFIX).filter(({ key }) => !kept.has(key)).delete()
}

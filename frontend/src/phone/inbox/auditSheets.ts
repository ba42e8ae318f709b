/** Fetches the sheets of open audits ahead, pictures too, and forgets those of audits that were handed in. */
import { readAuditSheet, sheetPictureAddress } from '@/shared/api/visits'
import type { VisitRow } from '@/shared/api/types'
import { isOpenMethod } from '../domain/presence'
import { forgetOtherSheets, keepAuditSheet, keptAuditSheet } from '../store/auditSheets'

const FRESH_MS = 24 * 3_600_000

/** Whether the visit is an open audit that was accepted and is still to be handed in. */
export const hasSheet = (visit: VisitRow): boolean => isOpenMethod(visit) && (visit.state === 'taken' || visit.state === 'in_progress')

async function picture(visitId: string, id: string): Promise<[string, Blob] | null> {
  const answer = await fetch(sheetPictureAddress(visitId, id), { credentials: 'same-origin' })
  return answer.ok ? [id, await answer.blob()] : null
}

async function isFresh(visitId: string): Promise<boolean> {
  const kept = await keptAuditSheet(visitId)
  if (!kept) return false
  const isWhole = kept.sheet.repeats.every(({ pictures }) => pictures.every((id) => kept.pictures.has(id)))
  return isWhole && Date.now() - Date.parse(kept.fetched_at) < FRESH_MS
}

/** Brings one sheet onto the phone; pictures that were there before are not fetched again. */
export async function fetchAuditSheet(visitId: string): Promise<void> {
  const sheet = await readAuditSheet(visitId)
  const pictures = new Map((await keptAuditSheet(visitId))?.pictures)
  const wanted = sheet.repeats.flatMap((repeat) => repeat.pictures)
  for (const id of wanted.filter((one) => !pictures.has(one))) {
    const got = await picture(visitId, id).catch(() => null)
    if (got) pictures.set(...got)
  }
  const kept = new Map([...pictures].filter(([id]) => wanted.includes(id)))
  await keepAuditSheet({ sheet, pictures: kept, fetched_at: new Date().toISOString() })
}

/** Brings the sheets of all open audits up to date, quietly: each can be fetched from its own screen too. */
export async function refreshAuditSheets(rows: VisitRow[]): Promise<void> {
  const open = rows.filter(hasSheet)
  await forgetOtherSheets(open.map(({ id }) => id))
  for (const { id } of open) if (!(await isFresh(id))) await fetchAuditSheet(id).catch(() => undefined)
}

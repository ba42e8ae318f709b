/** The server's copy of a draft: looking for one begun on another device, and taking it over as a deliberate act. */
import { asProblem } from '@/shared/api/problem'
import { putDraft, readDraft as fetchDraft } from '@/shared/api/visits'
import type { Draft } from '@/shared/api/types'
import { database } from '../store/database'
import { deviceId } from '../store/device'
import { replaceContent } from '../store/drafts'

/** The server's draft of this visit, or null when there is none or it cannot be asked now. */
export async function serverDraft(visitId: string): Promise<Draft | null> {
  try {
    return await fetchDraft(visitId)
  } catch (error) {
    if (asProblem(error).status === 401) throw error
    return null
  }
}

/** Whether the draft was written by another device than this one. */
export const isElsewhere = (draft: Draft | null): draft is Draft => draft !== null && draft.device_id !== deviceId()

/** Goes on here with what another device wrote. Files that it has not sent stay on that device. */
export async function takeOver(draftId: string, draft: Draft): Promise<void> {
  const { answers = [], marks = [] } = draft.document ?? {}
  await replaceContent(draftId, marks, answers)
  await database().drafts.update(draftId, { check_in: draft.document?.check_in ?? null, check_in_seen: draft.check_in ?? null, sign_off: draft.document?.sign_off ?? null })
  await claim(draftId, draft)
}

/** Keeps this phone's own content and makes this device the draft's owner again. */
export async function claim(draftId: string, draft: Draft): Promise<void> {
  const mine = await database().drafts.get(draftId)
  if (!mine) return
  const revision = Math.max(mine.revision, draft.revision) + 1
  const document = draft.document ?? { answers: [], marks: [], evidence: [] }
  const saved = await putDraft(mine.visit_id, { device_id: deviceId(), revision, document, take_over: true })
  await database().drafts.update(draftId, { revision: saved.revision + 1, synced_revision: saved.revision, held_by: null })
}

/** Keeps the server's copy of unsent drafts up to date, so that a lost phone loses minutes and not the visit. */
import { asProblem } from '@/shared/api/problem'
import { putDraft } from '@/shared/api/visits'
import type { CheckInSeen, DraftDocument } from '@/shared/api/types'
import { database } from '../store/database'
import { deviceId } from '../store/device'
import { answersOfDraft } from '../store/drafts'
import { filesOfVisit } from '../store/evidence'
import { wordsOf } from '../store/line'
import type { AnswerRecord, DraftRecord, EvidenceRecord } from '../store/records'

const plainAnswer = ({ checkpoint, result, value, comment, evidence }: AnswerRecord) => ({ checkpoint, result, value, comment, evidence })

const declaration = ({ id, kind, media_type, size, sha256, captured_at, source, position, device }: EvidenceRecord) => ({
  id, kind, media_type, size, sha256, captured_at, source, position, device,
})

async function documentOf(draft: DraftRecord): Promise<DraftDocument> {
  const [answers, files] = await Promise.all([answersOfDraft(draft.id), filesOfVisit(draft.visit_id)])
  return { answers: answers.map(plainAnswer), marks: draft.marks, check_in: draft.check_in, sign_off: draft.sign_off, evidence: files.map(declaration) }
}

// The server keeps one draft per visit: the piece of work that is open. A follow-up is short and goes as a whole.
const isKept = (draft: DraftRecord): boolean =>
  draft.kind !== 'follow_up' && draft.revision > draft.synced_revision && draft.held_by === null

async function syncOne(draft: DraftRecord): Promise<void> {
  const words = await wordsOf(draft.id)
  if (words && words.state !== 'attention') return
  try {
    const document = await documentOf(draft)
    const saved = await putDraft(draft.visit_id, { device_id: deviceId(), revision: draft.revision, document })
    await database().drafts.update(draft.id, { synced_revision: draft.revision })
    await noteCheckIn(draft, saved.check_in ?? null)
  } catch (error) {
    await noteRefusal(draft, error)
  }
}

// Only the server knows how far from the store that is; a check-in made anew meanwhile waits for its own word.
async function noteCheckIn({ id, check_in }: DraftRecord, seen: CheckInSeen | null): Promise<void> {
  await database().drafts.where('id').equals(id).modify((draft) => {
    if (draft.check_in?.at === check_in?.at) draft.check_in_seen = seen
  })
}

// 409: another device holds the draft. 412: this device's count fell behind the server's, as after a restored phone.
async function noteRefusal(draft: DraftRecord, error: unknown): Promise<void> {
  const { status, code, body } = asProblem(error)
  if (code === 'draft-elsewhere') await database().drafts.update(draft.id, { held_by: String(body.device_id ?? 'other') })
  if (status === 412 && typeof body.revision === 'number') await database().drafts.update(draft.id, { revision: body.revision })
}

/** Sends every draft that changed since the server last saw it. Failures wait for the next change. */
export async function syncDrafts(): Promise<void> {
  for (const draft of (await database().drafts.toArray()).filter(isKept)) await syncOne(draft)
}

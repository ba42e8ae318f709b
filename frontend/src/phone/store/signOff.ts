/** The store's word on an open audit: who signed with which picture, or that nobody would. */
import type { SignOff } from '@/shared/api/types'
import { database } from './database'
import type { DraftRecord, EvidenceRecord } from './records'

const put = (draft: DraftRecord, signOff: SignOff | null): void =>
  void Object.assign(draft, { sign_off: signOff, revision: draft.revision + 1 })

/** Keeps the word and, where there is one, the picture of the signature, together; an earlier picture goes. */
export async function keepSignOff(draftId: string, signOff: SignOff, signature: { record: EvidenceRecord; blob: Blob } | null): Promise<void> {
  const { drafts, evidence, blobs } = database()
  await database().transaction('rw', drafts, evidence, blobs, async () => {
    const before = (await drafts.get(draftId))?.sign_off?.evidence
    if (before) await Promise.all([evidence.delete(before), blobs.delete(before)])
    if (signature) {
      await evidence.put(signature.record)
      await blobs.put({ id: signature.record.id, blob: signature.blob })
    }
    await drafts.where('id').equals(draftId).modify((draft) => put(draft, signOff))
  })
}

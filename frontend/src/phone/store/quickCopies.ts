/**
 * Quick copies: small pictures that go ahead of large photos. Each lies among the blobs under an id of its own until it was
 * sent or nobody needs it any more; none of them is evidence, so none is counted, saved as a file or missed.
 */
import { database } from './database'
import { itemOf, quickIdOf } from './line'
import type { EvidenceRecord } from './records'

/** Keeps the copy of a photo whose original is still here and as it was; where that is in line already, its copy goes ahead of it. */
export async function keepQuickCopy({ id, sha256 }: Pick<EvidenceRecord, 'id' | 'sha256'>, copy: Blob): Promise<void> {
  const { evidence, blobs, outbox } = database()
  await database().transaction('rw', evidence, blobs, outbox, async () => {
    const [record, originals, item] = await Promise.all([evidence.get(id), blobs.where('id').equals(id).count(), outbox.get(id)])
    if (record?.sha256 !== sha256 || !originals || item?.state === 'done') return
    await blobs.put({ id: quickIdOf(id), blob: copy })
    if (!item) return
    const { visit_id, draft_id, media } = item
    await outbox.put(itemOf({ id: quickIdOf(id), visit_id, draft_id, kind: 'quick', media, size: copy.size }))
  })
}

/** Forgets the copy of this file, sent or not. */
export async function dropQuickCopy(fileId: string): Promise<void> {
  const { blobs, outbox } = database()
  await database().transaction('rw', blobs, outbox, async () => {
    await Promise.all([blobs.delete(quickIdOf(fileId)), outbox.delete(quickIdOf(fileId))])
  })
}

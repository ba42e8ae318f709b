/** The outbox's table: what waits to be sent. Words and files leave it only by a person's own tap, quick copies by themselves. */
import type { Submission } from '@/shared/api/types'
import { database, write } from './database'
import type { DraftRecord, EvidenceRecord, OutboxRecord } from './records'

export const outboxItems = (): Promise<OutboxRecord[]> => database().outbox.toArray()

export const wordsIdOf = (draftId: string): string => `words:${draftId}`

const QUICK = 'quick:'

/** The id under which the quick copy of a file is kept and stands in line. */
export const quickIdOf = (fileId: string): string => `${QUICK}${fileId}`

/** The file whose quick copy has this id. */
export const originalOf = (quickId: string): string => quickId.slice(QUICK.length)

export const wordsOf = (draftId: string): Promise<OutboxRecord | undefined> => database().outbox.get(wordsIdOf(draftId))

export const saveItem = async (item: OutboxRecord): Promise<void> => void (await write(({ outbox }) => outbox.put(item)))

const fresh = { state: 'waiting', attempts: 0, not_before: 0, reason: null, media: null, any_network: false } as const

/** A new item that carries bytes. */
export const itemOf = (what: Pick<OutboxRecord, 'id' | 'visit_id' | 'draft_id' | 'kind' | 'media' | 'size'>): OutboxRecord => ({
  ...fresh, ...what, document: null, created_at: new Date().toISOString(),
})

/** Puts a submission in line, replacing an earlier one of the same draft that was not taken. */
export async function addWords(draft: DraftRecord, document: Submission): Promise<void> {
  const item: OutboxRecord = {
    ...fresh, id: wordsIdOf(draft.id), visit_id: draft.visit_id, draft_id: draft.id, kind: 'words',
    size: JSON.stringify(document).length, document, created_at: new Date().toISOString(),
  }
  await saveItem(item)
}

/** Marks the words as taken and puts their files in line, together: a stop in between loses neither. */
export async function settleWords(item: OutboxRecord): Promise<void> {
  const { outbox, blobs } = database()
  await database().transaction('rw', outbox, blobs, async () => {
    await outbox.put(item)
    await addFiles(item, item.document?.evidence ?? [])
  })
}

// Inside a transaction over outbox and blobs.
async function addFiles({ visit_id, draft_id }: Pick<OutboxRecord, 'visit_id' | 'draft_id'>, files: Pick<EvidenceRecord, 'id' | 'size' | 'kind'>[]): Promise<void> {
  const { outbox, blobs } = database()
  const ids = files.map(({ id }) => id)
  const held = new Set(await blobs.where('id').anyOf(ids).primaryKeys())
  const known = new Set(await outbox.where('id').anyOf(ids).primaryKeys())
  const due = files.filter(({ id }) => held.has(id) && !known.has(id))
  const copies = await blobs.where('id').anyOf(due.map(({ id }) => quickIdOf(id))).toArray()
  await outbox.bulkPut([
    ...due.map(({ id, size, kind }) => itemOf({ id, visit_id, draft_id, kind: 'file', media: kind, size })),
    ...copies.map(({ id, blob }) => itemOf({ id, visit_id, draft_id, kind: 'quick', media: 'photo', size: blob.size })),
  ])
}

/** Puts files in line that the server waits for and whose bytes are here, whichever phone handed the answers in. */
export async function lineUp(item: Pick<OutboxRecord, 'visit_id' | 'draft_id'>, awaited: Pick<EvidenceRecord, 'id' | 'size' | 'kind'>[]): Promise<void> {
  const { outbox, blobs } = database()
  await database().transaction('rw', outbox, blobs, () => addFiles(item, awaited))
}

/** Takes words out of line that were not sent yet, so that the person can go on editing; false when it is too late. */
export async function withdrawWords(draftId: string): Promise<boolean> {
  return database().transaction('rw', database().outbox, async () => {
    const item = await wordsOf(draftId)
    if (!item || item.state === 'sending' || item.state === 'done') return false
    await database().outbox.delete(item.id)
    return true
  })
}

/** Takes an item out of line for good, and with a file its bytes on this phone. Only a person's own, confirmed tap calls this. */
export async function discardItem({ id, kind }: Pick<OutboxRecord, 'id' | 'kind'>): Promise<void> {
  const { outbox, blobs } = database()
  const ids = [id, quickIdOf(id)]
  await database().transaction('rw', outbox, blobs, async () => {
    await outbox.bulkDelete(ids)
    if (kind === 'file') await blobs.bulkDelete(ids)
  })
}

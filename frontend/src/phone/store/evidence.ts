/** Files on the phone: a record that says what it is, and one blob that is never rewritten. */
import type { Evidence } from '@/shared/api/types'
import { database } from './database'
import { countChange } from './drafts'
import type { EvidenceRecord } from './records'

export const filesOfVisit = (visitId: string): Promise<EvidenceRecord[]> =>
  database().evidence.where('visit_id').equals(visitId).toArray()

export const readBlob = async (id: string): Promise<Blob | null> => (await database().blobs.get(id))?.blob ?? null

/** Keeps a captured file and links it to its answer, all or nothing. */
export async function keepFile(draftId: string, checkpoint: string, record: EvidenceRecord, blob: Blob): Promise<void> {
  const { evidence, blobs, answers, drafts } = database()
  await database().transaction('rw', evidence, blobs, answers, drafts, async () => {
    await evidence.put(record)
    await blobs.put({ id: record.id, blob })
    const before = await answers.get([draftId, checkpoint])
    const empty = { draft_id: draftId, checkpoint, result: null, value: null, comment: null, evidence: [], updated_at: '' }
    const links = [...(before?.evidence ?? []), { id: record.id, at_ms: null }]
    await answers.put({ ...(before ?? empty), evidence: links, updated_at: new Date().toISOString() })
    await countChange(draftId)
  })
}

/** Deletes a file that its owner threw away before it was ever submitted. Only a person's own tap calls this. */
export async function discardFile(id: string): Promise<void> {
  const { evidence, blobs } = database()
  await database().transaction('rw', evidence, blobs, async () => {
    await blobs.delete(id)
    await evidence.delete(id)
  })
}

/** Notes what the server said of a file. */
export const noteServerState = (id: string, { state, problem }: Pick<Evidence, 'state' | 'problem'>): Promise<number> =>
  database().evidence.update(id, { server_state: state, server_problem: problem })

/** Gives the bytes' space back, after the server confirmed that it holds them; record and small picture stay. */
export const releaseBlob = (id: string): Promise<void> => database().blobs.delete(id)

export interface FilesOnPhone {
  count: number
  bytes: number
}

/** How many files have their bytes on this phone, and how much that is. */
export async function filesOnPhone(): Promise<FilesOnPhone> {
  const ids = await database().blobs.toCollection().primaryKeys()
  const records = await database().evidence.bulkGet(ids)
  return { count: ids.length, bytes: records.reduce((sum, record) => sum + (record?.size ?? 0), 0) }
}

/** The ids of the visit's files whose bytes are on this phone. */
export async function idsOnPhone(visitId: string): Promise<Set<string>> {
  const ids = await database().evidence.where('visit_id').equals(visitId).primaryKeys()
  const held = await database().blobs.where('id').anyOf(ids).primaryKeys()
  return new Set(held)
}

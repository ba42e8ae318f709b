/** Files on the phone: a record that says what it is, and one blob that is never rewritten. */
import type { Evidence } from '@/shared/api/types'
import { database } from './database'
import { countChange } from './drafts'
import type { EvidenceRecord } from './records'

export const filesOfVisit = (visitId: string): Promise<EvidenceRecord[]> =>
  database().evidence.where('visit_id').equals(visitId).toArray()

export const readBlob = async (id: string): Promise<Blob | null> => (await database().blobs.get(id))?.blob ?? null

/** An answer that a file proves, and the moment in it. */
export interface Proof {
  checkpoint: string
  at_ms: number | null
}

// Call inside a transaction over answers and drafts.
async function linkTo(draftId: string, { checkpoint, at_ms }: Proof, id: string): Promise<void> {
  const { answers } = database()
  const before = await answers.get([draftId, checkpoint])
  const empty = { draft_id: draftId, checkpoint, result: null, value: null, comment: null, evidence: [], updated_at: '' }
  const evidence = [...(before?.evidence ?? []).filter((link) => link.id !== id), { id, at_ms }]
  await answers.put({ ...(before ?? empty), evidence, updated_at: new Date().toISOString() })
}

/** Keeps a captured file and links it to its answers, all or nothing; what it was put together from goes with the same write. */
export async function keepFile(draftId: string, proofs: Proof[], record: EvidenceRecord, blob: Blob): Promise<void> {
  const { evidence, blobs, answers, drafts, recordings, chunks } = database()
  await database().transaction('rw', [evidence, blobs, answers, drafts, recordings, chunks], async () => {
    await evidence.put(record)
    await blobs.put({ id: record.id, blob })
    for (const proof of proofs) await linkTo(draftId, proof, record.id)
    await countChange(draftId)
    await chunks.where('recording_id').equals(record.id).delete()
    await recordings.delete(record.id)
  })
}

/** Puts another file in the place of one that cannot be sent: under the same id, so that every link to it holds. */
export async function replaceCopy(record: EvidenceRecord, blob: Blob): Promise<void> {
  const { evidence, blobs } = database()
  await database().transaction('rw', evidence, blobs, async () => {
    await evidence.put({ ...record, server_state: null, server_problem: null, replaced_at: new Date().toISOString() })
    await blobs.put({ id: record.id, blob })
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
  /** Ids of the files whose bytes are here and still to be sent, with their sizes. */
  files: { id: string; size: number }[]
  /** When the oldest of them was kept, or null without any. */
  since: string | null
}

/** The files that are on this phone and nowhere else yet; copies of files given up as lost are not counted. */
export async function filesOnPhone(): Promise<FilesOnPhone> {
  const ids = await database().blobs.toCollection().primaryKeys()
  const over = new Set(await database().outbox.where('id').anyOf(ids).filter(({ state }) => state === 'done').primaryKeys())
  const kept = (await database().evidence.bulkGet(ids.filter((id) => !over.has(id)))).filter((record) => record !== undefined)
  const oldest = kept.map(({ created_at }) => created_at).sort()[0]
  return { files: kept.map(({ id, size }) => ({ id, size })), since: oldest || null }
}

/** The ids of the visit's files whose bytes are on this phone. */
export async function idsOnPhone(visitId: string): Promise<Set<string>> {
  const ids = await database().evidence.where('visit_id').equals(visitId).primaryKeys()
  const held = await database().blobs.where('id').anyOf(ids).primaryKeys()
  return new Set(held)
}

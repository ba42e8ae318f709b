/** Files on the phone: a record that says what it is, and one blob that is never rewritten. */
import type { Evidence } from '@/shared/api/types'
import { database, write } from './database'
import { countChange } from './drafts'
import { quickIdOf } from './line'
import { dropQuickCopy } from './quickCopies'
import type { EvidenceRecord } from './records'

export const filesOfVisit = (visitId: string): Promise<EvidenceRecord[]> =>
  database().evidence.where('visit_id').equals(visitId).toArray()

export const readBlob = async (id: string): Promise<Blob | null> => (await database().blobs.get(id))?.blob ?? null

const EDGE_BYTES = 64 * 1024

const sameBytes = (one: ArrayBuffer, other: ArrayBuffer): boolean => {
  const [a, b] = [new Uint8Array(one), new Uint8Array(other)]
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

const edges = (blob: Blob): Promise<ArrayBuffer[]> =>
  Promise.all([blob.slice(0, EDGE_BYTES), blob.slice(-EDGE_BYTES)].map((part) => part.arrayBuffer()))

// Length, beginning and end: what goes wrong when a phone keeps a file shows there, and the whole is hashed when it is sent.
async function isKept(id: string, blob: Blob): Promise<boolean> {
  const kept = await readBlob(id)
  if (kept?.size !== blob.size) return false
  const [now, before] = await Promise.all([edges(kept), edges(blob)])
  return now.every((part, at) => sameBytes(part, before[at]!))
}

/** Thrown when the phone says that it kept a file and then does not give it back. */
export class NotKept extends Error {
  override name = 'NotKept'
}

/** Writes a file's bytes and reads them back before anybody is told that they are kept; a second try, then NotKept. */
export async function writeBlob(id: string, blob: Blob): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await write(({ blobs }) => blobs.put({ id, blob }))
    if (await isKept(id, blob).catch(() => false)) return
  }
  throw new NotKept(`${blob.size} bytes were written and could not be read back`)
}

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

/** Keeps a captured file: first the bytes, read back; then record and links, all or nothing, and what it was put together from goes. */
export async function keepFile(draftId: string, proofs: Proof[], record: EvidenceRecord, blob: Blob): Promise<void> {
  await writeBlob(record.id, blob)
  const { evidence, answers, drafts, recordings, chunks } = database()
  await database().transaction('rw', [evidence, answers, drafts, recordings, chunks], async () => {
    await evidence.put(record)
    for (const proof of proofs) await linkTo(draftId, proof, record.id)
    await countChange(draftId)
    await chunks.where('recording_id').equals(record.id).delete()
    await recordings.delete(record.id)
  })
}

/** Puts another file in the place of one that cannot be sent: under the same id, so that every link to it holds. */
export async function replaceCopy(record: EvidenceRecord, blob: Blob): Promise<void> {
  await dropQuickCopy(record.id)
  await writeBlob(record.id, blob)
  await write(({ evidence }) => evidence.put({ ...record, server_state: null, server_problem: null, replaced_at: new Date().toISOString() }))
}

/** Keeps what another device said of its files, so that the answers that rest on them can be handed in here; the bytes stay there. */
export async function keepNamed(visitId: string, named: Partial<EvidenceRecord>[]): Promise<void> {
  const { evidence } = database()
  await database().transaction('rw', evidence, async () => {
    const known = new Set(await evidence.where('visit_id').equals(visitId).primaryKeys())
    const unknown = named.filter((one): one is EvidenceRecord => one.id !== undefined && !known.has(one.id))
    await evidence.bulkPut(unknown.map((one) => ({ ...one, visit_id: visitId })))
  })
}

/** Deletes a file that its owner threw away before it was ever submitted. Only a person's own tap calls this. */
export async function discardFile(id: string): Promise<void> {
  const { evidence, blobs } = database()
  await database().transaction('rw', evidence, blobs, async () => {
    await blobs.bulkDelete([id, quickIdOf(id)])
    await evidence.delete(id)
  })
}

/** Notes what the server said of a file. */
export const noteServerState = (id: string, { state, problem }: Pick<Evidence, 'state' | 'problem'>): Promise<number> =>
  write(({ evidence }) => evidence.update(id, { server_state: state, server_problem: problem }))

/** Gives the bytes' space back, after the server confirmed that it holds them; record and small picture stay. */
export async function releaseBlob(id: string): Promise<void> {
  await write(({ blobs }) => blobs.delete(id))
  await dropQuickCopy(id)
}

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

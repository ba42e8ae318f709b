/** What sending means: words and quick copies as one PUT, a file as declaration, resumable bytes, and the server's own confirmation. */
import { Problem, asProblem } from '@/shared/api/problem'
import { declareEvidence, endUpload, putQuickCopy, readEvidence } from '@/shared/api/evidence'
import { putFollowUp, putSubmission } from '@/shared/api/visits'
import type { Evidence, EvidenceState } from '@/shared/api/types'
import { isSound } from '../capture/hash'
import { refreshVisit } from '../inbox/visits'
import { database } from '../store/database'
import { noteServerState, readBlob, releaseBlob } from '../store/evidence'
import { lineUp, originalOf, saveItem, settleWords } from '../store/line'
import { dropQuickCopy } from '../store/quickCopies'
import type { EvidenceRecord, ItemKind, OutboxRecord } from '../store/records'
import { keepVisit, keptVisit } from '../store/visits'
import { forgetProgress, noteProgress } from './progress'
import { uploadBytes } from './upload'

/** In these states the server has confirmed the hash: the phone's copy may go. */
const HELD = new Set<EvidenceState>(['stored', 'ready', 'unreadable'])

/** 425 in our own voice: the server has the bytes and is still confirming them. */
const notYetConfirmed = (): Problem => new Problem(425, { code: 'not_yet_confirmed' })

/** 422 in our own voice: what lies on this phone is not what was captured, so that sending it again cannot help. */
const copyDamaged = (): Problem => new Problem(422, { code: 'copy_damaged' })

/** 404 in our own voice: the blob is gone from this phone though it was never confirmed. */
const bytesMissing = (): Problem => new Problem(404, { code: 'bytes_missing' })

async function sendWords(item: OutboxRecord): Promise<void> {
  if (!item.document) throw new Problem(404, { code: 'words_missing' })
  const put = item.draft_id.endsWith('/follow_up') ? putFollowUp : putSubmission
  try {
    await keepVisit(await put(item.visit_id, item.document))
  } catch (error) {
    if (asProblem(error).remedy === 'refresh') await lookAgain(item).catch(() => undefined)
    throw error
  }
}

// Another phone handed the visit in; what it could only name, because the bytes are here, goes from here.
async function lookAgain(item: OutboxRecord): Promise<void> {
  await refreshVisit(item.visit_id)
  const awaited = ((await keptVisit(item.visit_id))?.detail?.evidence ?? []).filter(({ state }) => state === 'expected' || state === 'uploading')
  await lineUp(item, awaited)
}

async function declared(record: EvidenceRecord): Promise<Evidence> {
  const { id, visit_id, kind, media_type, size, sha256, captured_at, source, position, device } = record
  const declare = (): Promise<Evidence> => declareEvidence(id, { visit_id, kind, media_type, size, sha256, captured_at, source, position, device })
  try {
    return await declare()
  } catch (error) {
    // What was uploaded of the file that this one replaces stands in its way.
    if (!record.replaced_at || asProblem(error).code !== 'evidence-differs') throw error
    await endUpload(id)
    return declare()
  }
}

// A request that the line delivered twice, another connection that is still writing, an upload that rested too long: asked
// anew, the server says where the file stands.
const TRANSIENT = new Set(['upload-offset', 'upload-locked', 'upload-expired'])

// Bytes that the server calls wrong, or that cannot even be read: is the copy on this phone still what was captured?
async function sentWhole(record: EvidenceRecord, blob: Blob, address: string | null): Promise<void> {
  try {
    await uploadBytes({ id: record.id, address, blob, onProgress: (sent) => noteProgress(record.id, sent) })
  } catch (error) {
    const { status, code } = asProblem(error)
    if (TRANSIENT.has(code)) throw new Problem(425, { code })
    if ((status === 460 || status === -1) && !(await isSound(record, blob))) throw copyDamaged()
    throw error
  }
}

async function confirm(id: string): Promise<void> {
  const evidence = await readEvidence(id)
  await noteServerState(id, evidence)
  if (!HELD.has(evidence.state)) throw notYetConfirmed()
}

async function sendFile(item: OutboxRecord, onBytesSent: () => Promise<void>): Promise<void> {
  const record = await database().evidence.get(item.id)
  if (!record) throw bytesMissing()
  const evidence = await declared(record)
  await noteServerState(item.id, evidence)
  if (HELD.has(evidence.state)) return
  const blob = await readBlob(item.id)
  if (!blob) throw bytesMissing()
  if (blob.size !== record.size) throw copyDamaged()
  await sentWhole(record, blob, evidence.upload_url)
  await onBytesSent()
  await confirm(item.id)
}

// The words declared the photo, unless another one has taken its place since.
async function sendQuickCopy(item: OutboxRecord): Promise<void> {
  const id = originalOf(item.id)
  const [record, copy] = await Promise.all([database().evidence.get(id), readBlob(item.id)])
  if (!record || !copy) throw bytesMissing()
  if (record.replaced_at) await declared(record)
  await putQuickCopy(id, copy)
}

const SENDERS: Record<ItemKind, (item: OutboxRecord, onBytesSent: () => Promise<void>) => Promise<void>> = {
  words: sendWords,
  quick: sendQuickCopy,
  file: (item, onBytesSent) => sendFile(item, onBytesSent).finally(() => forgetProgress(item.id)),
}

/** Sends one item; rejects with a Problem whose status says what comes next. */
export const send = (item: OutboxRecord, onBytesSent: () => Promise<void>): Promise<void> => SENDERS[item.kind](item, onBytesSent)

/** Once it is done: words bring their files into line, a quick copy leaves nothing behind, a file gives its bytes' space back. */
export async function settle(item: OutboxRecord): Promise<void> {
  if (item.kind === 'words') return settleWords(item)
  if (item.kind === 'quick') return dropQuickCopy(originalOf(item.id))
  await saveItem(item)
  await releaseBlob(item.id)
  await refreshAfterLastFile(item)
}

async function refreshAfterLastFile(item: OutboxRecord): Promise<void> {
  const waiting = await database().outbox.where('visit_id').equals(item.visit_id).filter(({ state }) => state !== 'done').count()
  if (waiting === 0) await refreshVisit(item.visit_id).catch(() => undefined)
}

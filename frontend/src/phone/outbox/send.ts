/** What sending means: words as one PUT, a file as declaration, resumable bytes, and the server's own confirmation. */
import { Problem, asProblem } from '@/shared/api/problem'
import { declareEvidence, readEvidence } from '@/shared/api/evidence'
import { putFollowUp, putSubmission } from '@/shared/api/visits'
import type { Evidence, EvidenceState } from '@/shared/api/types'
import { refreshVisit } from '../inbox/visits'
import { database } from '../store/database'
import { noteServerState, readBlob, releaseBlob } from '../store/evidence'
import { saveItem, settleWords } from '../store/line'
import type { OutboxRecord } from '../store/records'
import { keepVisit } from '../store/visits'
import { forgetProgress, noteProgress } from './progress'
import { uploadBytes } from './upload'

/** In these states the server has confirmed the hash: the phone's copy may go. */
const HELD = new Set<EvidenceState>(['stored', 'ready', 'unreadable'])

/** 425 in our own voice: the server has the bytes and is still confirming them. */
const notYetConfirmed = (): Problem => new Problem(425, { code: 'not_yet_confirmed' })

/** 404 in our own voice: the blob is gone from this phone though it was never confirmed. */
const bytesMissing = (): Problem => new Problem(404, { code: 'bytes_missing' })

async function sendWords(item: OutboxRecord): Promise<void> {
  if (!item.document) throw new Problem(404, { code: 'words_missing' })
  const put = item.draft_id.endsWith('/follow_up') ? putFollowUp : putSubmission
  try {
    await keepVisit(await put(item.visit_id, item.document))
  } catch (error) {
    if (asProblem(error).remedy === 'refresh') await refreshVisit(item.visit_id).catch(() => undefined)
    throw error
  }
}

async function declared(item: OutboxRecord): Promise<Evidence> {
  const record = await database().evidence.get(item.id)
  if (!record) throw bytesMissing()
  const { visit_id, kind, media_type, size, sha256, captured_at, source, position } = record
  return declareEvidence(item.id, { visit_id, kind, media_type, size, sha256, captured_at, source, position })
}

async function confirm(id: string): Promise<void> {
  const evidence = await readEvidence(id)
  await noteServerState(id, evidence)
  if (!HELD.has(evidence.state)) throw notYetConfirmed()
}

async function sendFile(item: OutboxRecord, onBytesSent: () => Promise<void>): Promise<void> {
  const evidence = await declared(item)
  await noteServerState(item.id, evidence)
  if (HELD.has(evidence.state)) return
  const blob = await readBlob(item.id)
  if (!blob) throw bytesMissing()
  await uploadBytes({ id: item.id, address: evidence.upload_url, blob, onProgress: (sent) => noteProgress(item.id, sent) })
  await onBytesSent()
  await confirm(item.id)
}

/** Sends one item; rejects with a Problem whose status says what comes next. */
export const send = (item: OutboxRecord, onBytesSent: () => Promise<void>): Promise<void> =>
  item.kind === 'words' ? sendWords(item) : sendFile(item, onBytesSent).finally(() => forgetProgress(item.id))

/** After confirmation: words bring their files into line, a file gives its bytes' space back. */
export async function settle(item: OutboxRecord): Promise<void> {
  if (item.kind === 'words') return settleWords(item)
  await saveItem(item)
  await releaseBlob(item.id)
  await refreshAfterLastFile(item)
}

async function refreshAfterLastFile(item: OutboxRecord): Promise<void> {
  const waiting = await database().outbox.where('visit_id').equals(item.visit_id).filter(({ state }) => state !== 'done').count()
  if (waiting === 0) await refreshVisit(item.visit_id).catch(() => undefined)
}

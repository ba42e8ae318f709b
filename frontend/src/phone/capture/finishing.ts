/** From the chunks of a recording, just ended or found after a crash, to evidence on the phone with its time marks. */
import { captureDevice } from '../store/device'
import { keepFile } from '../store/evidence'
import type { Proof } from '../store/evidence'
import type { EvidenceRecord, RecordingRecord } from '../store/records'
import { chunksOf, dropRecording, onceOver, readRecording, recordingsOfOthers } from '../store/recordings'
import { sha256Of } from './hash'
import { thumbnailOf } from './thumbnail'

/** The answers that the recording proves: those that were tapped, and in any case the one from which it was begun. */
export function proofsOf({ checkpoint, marks }: Pick<RecordingRecord, 'checkpoint' | 'marks'>): Proof[] {
  const isMarked = marks.some((mark) => mark.checkpoint === checkpoint)
  return isMarked ? marks : [{ checkpoint, at_ms: null }, ...marks]
}

const nameOf = ({ kind, media_type, started_at }: RecordingRecord): string =>
  `${kind}-${Date.parse(started_at)}.${media_type.endsWith('webm') ? 'webm' : kind === 'audio' ? 'm4a' : 'mp4'}`

async function evidenceOf(recording: RecordingRecord, blob: Blob): Promise<EvidenceRecord> {
  const { id, visit_id, kind, media_type, started_at, position } = recording
  const [sha256, thumb] = await Promise.all([sha256Of(blob), thumbnailOf(blob, kind)])
  return {
    id, visit_id, kind, media_type, size: blob.size, sha256, captured_at: started_at, source: 'camera', position,
    device: captureDevice(), name: nameOf(recording), created_at: new Date().toISOString(), thumb, server_state: null, server_problem: null,
    replaced_at: null,
  }
}

/** Puts the recording together and keeps it as evidence; null when it holds nothing. Until it is kept, its chunks stay. */
export async function finishRecording(id: string): Promise<EvidenceRecord | null> {
  const [recording, chunks] = await Promise.all([readRecording(id), chunksOf(id)])
  const blob = new Blob(chunks.map((chunk) => chunk.blob), { type: recording?.media_type ?? '' })
  if (!recording || !blob.size) {
    await dropRecording(id)
    return null
  }
  const record = await evidenceOf(recording, blob)
  await keepFile(recording.draft_id, proofsOf(recording), record, blob)
  return record
}

/** Finishes every recording over which the app was closed; answers what became of them. One that fails is tried at the next start. */
export async function finishLeftOver(): Promise<PromiseSettledResult<EvidenceRecord | null>[]> {
  const ids = await recordingsOfOthers()
  return Promise.allSettled(ids.map((id) => onceOver(id, () => finishRecording(id))))
}

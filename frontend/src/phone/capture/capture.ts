/** From a file the person just took to evidence on the phone: hash, capture record, small picture, then one write. */
import type { EvidenceKind, Source } from '@/shared/api/types'
import { captureDevice, newId } from '../store/device'
import { keepFile } from '../store/evidence'
import type { EvidenceRecord } from '../store/records'
import { sha256Of } from './hash'
import { positionNow } from './position'
import { makeQuickCopy } from './quickCopies'
import { thumbnailOf } from './thumbnail'

export interface Target {
  visitId: string
  draftId: string
  checkpoint: string
}

const FALLBACK: Record<EvidenceKind, string> = { photo: 'image/jpeg', video: 'video/mp4', audio: 'audio/mp4' }

// A camera's file was written when the picture was taken; a file without a believable time was taken now.
const takenAt = (file: File): string => {
  const stamped = file.lastModified
  return new Date(stamped > 0 && stamped <= Date.now() ? stamped : Date.now()).toISOString()
}

/** What the phone says of a file: its hash, when and where it was taken, a small picture. */
export async function recordOf(file: File, kind: EvidenceKind, source: Source, visitId: string): Promise<EvidenceRecord> {
  const [sha256, thumb, position] = await Promise.all([
    sha256Of(file),
    thumbnailOf(file, kind),
    source === 'camera' ? positionNow() : Promise.resolve(null),
  ])
  return {
    id: newId(), visit_id: visitId, kind, media_type: file.type || FALLBACK[kind], size: file.size, sha256,
    captured_at: takenAt(file), source, position, device: captureDevice(), name: file.name, created_at: new Date().toISOString(), thumb,
    server_state: null, server_problem: null, replaced_at: null,
  }
}

/** Keeps the file for one answer; resolves once it is safely on the phone. Throws when the phone has no room left. */
export async function capture(file: File, kind: EvidenceKind, source: Source, target: Target): Promise<EvidenceRecord> {
  const record = await recordOf(file, kind, source, target.visitId)
  await keepFile(target.draftId, [{ checkpoint: target.checkpoint, at_ms: null }], record, file)
  void makeQuickCopy(record, file)
  return record
}

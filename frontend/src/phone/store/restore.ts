/** Upgrades any stored record to today's shape: fills what is missing, keeps what it does not know. */
import type { AnswerRecord, ChunkRecord, DraftRecord, EvidenceRecord, OutboxRecord, RecordingRecord } from './records'

const withDefaults =
  <T extends object>(defaults: Partial<T>) =>
  (record: T): T =>
    record && { ...defaults, ...record }

export const restoreDraft = withDefaults<DraftRecord>({
  kind: 'submission', round: 0, marks: [], check_in: null, check_in_seen: null, started_at: null, revision: 0, synced_revision: 0, held_by: null,
})

export const restoreAnswer = withDefaults<AnswerRecord>({ result: null, value: null, comment: null, evidence: [] })

export const restoreEvidence = withDefaults<EvidenceRecord>({
  captured_at: null, position: null, name: '', thumb: null, server_state: null, server_problem: null, replaced_at: null,
})

export const restoreOutboxItem = withDefaults<OutboxRecord>({ attempts: 0, not_before: 0, reason: null, document: null })

export const restoreRecording = withDefaults<RecordingRecord>({ position: null, marks: [] })

export const restoreChunk = withDefaults<ChunkRecord>({ ends_ms: 0 })

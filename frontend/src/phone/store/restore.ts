/**
 * Upgrades any stored record to today's shape: fills what is missing, mends what no version of ours could have meant, and
 * keeps what it does not know, which a newer version may have written.
 */
import type { AnswerRecord, ChunkRecord, DraftRecord, EvidenceRecord, ItemState, OutboxRecord, RecordingRecord, VisitRecord } from './records'

const withDefaults =
  <T extends object>(defaults: Partial<T>, mend: (record: T) => T = (record) => record) =>
  (record: T): T =>
    record && mend({ ...defaults, ...record })

export const restoreVisit = withDefaults<VisitRecord>({ detail: null, fetched_at: '' })

export const restoreDraft = withDefaults<DraftRecord>({
  kind: 'submission', round: 0, marks: [], check_in: null, check_in_seen: null, sign_off: null, started_at: null, revision: 0, synced_revision: 0, held_by: null,
})

export const restoreAnswer = withDefaults<AnswerRecord>(
  { result: null, value: null, comment: null, evidence: [], updated_at: '' },
  (answer) => ({ ...answer, evidence: (answer.evidence ?? []).map((link) => ({ ...link, at_ms: link.at_ms ?? null })) }),
)

export const restoreEvidence = withDefaults<EvidenceRecord>({
  captured_at: null, position: null, name: '', created_at: '', thumb: null, server_state: null, server_problem: null, replaced_at: null,
})

const STATES = new Set<ItemState>(['waiting', 'sending', 'confirming', 'sign_in', 'refresh', 'attention', 'done'])

// An item in a state that we do not know is sent anew: what is sent twice does no harm, what is never sent does.
export const restoreOutboxItem = withDefaults<OutboxRecord>(
  { attempts: 0, not_before: 0, reason: null, document: null, media: null, any_network: false, created_at: '' },
  (item) => (STATES.has(item.state) ? item : { ...item, state: 'waiting' }),
)

export const restoreRecording = withDefaults<RecordingRecord>({ position: null, marks: [] })

export const restoreChunk = withDefaults<ChunkRecord>({ ends_ms: 0 })

/** The shapes kept on the phone. One record per answer, one blob per file: nothing large is ever rewritten. */
import type {
  Answer, CheckIn, CheckInSeen, Checklist, EvidenceDeclaration, EvidenceKind, EvidenceState, Mark, Position, SignOff, Submission, Visit, VisitRow,
} from '@/shared/api/types'

/** What the server last said of a visit: the row, and the whole visit once it was opened. */
export interface VisitRecord {
  id: string
  row: VisitRow
  detail: Visit | null
  fetched_at: string
}

export interface ChecklistRecord {
  /** `code@version`; a published version never changes, so it is fetched once. */
  id: string
  checklist: Checklist
}

/** What is being filled: the first submission, the follow-up, or the answer to a return. */
export type DraftKind = 'submission' | 'follow_up' | 'return'

export interface DraftRecord {
  id: string
  visit_id: string
  kind: DraftKind
  round: number
  marks: Mark[]
  check_in: CheckIn | null
  /** What the server made of the check-in, null before it was asked. */
  check_in_seen: CheckInSeen | null
  /** The store's word on an open audit; its signature is evidence that no answer links. */
  sign_off: SignOff | null
  started_at: string | null
  /** Counts local changes; the server keeps the highest it saw. */
  revision: number
  synced_revision: number
  /** Set when the server says that another device holds this draft. */
  held_by: string | null
}

export interface AnswerRecord extends Answer {
  draft_id: string
  updated_at: string
}

export interface EvidenceRecord extends EvidenceDeclaration {
  id: string
  visit_id: string
  name: string
  created_at: string
  /** A small picture made at capture, or null where the browser cannot draw the file. */
  thumb: Blob | null
  /** What the server last said, or null before it was asked. */
  server_state: EvidenceState | null
  server_problem: string | null
  /** When another file took the place of the one that was captured first; null for nearly all. */
  replaced_at: string | null
}

export interface BlobRecord {
  id: string
  blob: Blob
}

/** A moment of a recording that shows a checkpoint. */
export interface RecordingMark {
  checkpoint: string
  at_ms: number
}

/** A recording that is running, or that the app was closed over: what is needed to make evidence of its chunks. */
export interface RecordingRecord {
  id: string
  visit_id: string
  draft_id: string
  /** The checkpoint from which it was begun; it is linked whatever was marked. */
  checkpoint: string
  kind: 'video' | 'audio'
  media_type: string
  started_at: string
  position: Position | null
  marks: RecordingMark[]
}

/** One or two seconds of a recording, kept as they come. */
export interface ChunkRecord {
  recording_id: string
  number: number
  blob: Blob
  /** How long the recording was when this chunk ended. */
  ends_ms: number
}

/** Where an item stands on its way to the server; outbox/machine.ts says how it moves. */
export type ItemState = 'waiting' | 'sending' | 'confirming' | 'sign_in' | 'refresh' | 'attention' | 'done'

/** Words are answers; a quick copy is a small picture sent ahead of its file. */
export type ItemKind = 'words' | 'quick' | 'file'

export interface OutboxRecord {
  id: string
  visit_id: string
  draft_id: string
  kind: ItemKind
  /** What kind of file it is; null for words, and for files put in line by older versions. */
  media: EvidenceKind | null
  /** The person said that this one may go over mobile data. */
  any_network: boolean
  size: number
  state: ItemState
  attempts: number
  /** Milliseconds since 1970 before which no attempt is made. */
  not_before: number
  reason: OutboxReason | null
  /** The frozen submission of a `words` item. */
  document: Submission | null
  created_at: string
}

export interface OutboxReason {
  status: number
  code: string
  text: string
  errors: { checkpoint?: string; message: string }[]
}

export interface SettingRecord {
  key: string
  value: unknown
}

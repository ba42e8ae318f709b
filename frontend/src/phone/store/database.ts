/** The phone's own database, one per person, so that two people on one device never see or send each other's work. */
import Dexie from 'dexie'
import type { Table } from 'dexie'
import { restoreAnswer, restoreChunk, restoreDraft, restoreEvidence, restoreOutboxItem, restoreRecording, restoreVisit } from './restore'
import { steadily } from './steady'
import type {
  AnswerRecord, BlobRecord, ChecklistRecord, ChunkRecord, DraftRecord, EvidenceRecord, OutboxRecord, RecordingRecord, SettingRecord,
  VisitRecord,
} from './records'

export class PhoneDatabase extends Dexie {
  visits!: Table<VisitRecord, string>
  checklists!: Table<ChecklistRecord, string>
  drafts!: Table<DraftRecord, string>
  answers!: Table<AnswerRecord, [string, string]>
  evidence!: Table<EvidenceRecord, string>
  blobs!: Table<BlobRecord, string>
  outbox!: Table<OutboxRecord, string>
  settings!: Table<SettingRecord, string>
  recordings!: Table<RecordingRecord, string>
  chunks!: Table<ChunkRecord, [string, number]>

  constructor(name: string) {
    super(name)
    this.version(1).stores({
      visits: 'id',
      checklists: 'id',
      drafts: 'id, visit_id',
      answers: '[draft_id+checkpoint], draft_id',
      evidence: 'id, visit_id',
      blobs: 'id',
      outbox: 'id, visit_id, state',
      settings: 'key',
    })
    this.version(2).stores({ recordings: 'id, visit_id', chunks: '[recording_id+number], recording_id' })
    this.restoreOnRead()
    this.writeSteadily()
  }

  /** Answers many small questions from one moment's state of all tables but those of a recording; writes nothing. */
  together<T>(questions: () => Promise<T>): Promise<T> {
    const { visits, checklists, drafts, answers, evidence, blobs, outbox, settings } = this
    return super.transaction('r', [visits, checklists, drafts, answers, evidence, blobs, outbox, settings], questions)
  }

  // A transaction inside another one goes or fails with it.
  private writeSteadily(): void {
    const plain = this.transaction.bind(this) as (...parts: unknown[]) => PromiseLike<unknown>
    const steady = (...parts: unknown[]) => this.steadily(() => plain(...parts))
    this.transaction = steady as unknown as typeof this.transaction
  }

  /** Does a write, once more where the browser had closed the database meanwhile. */
  steadily<T>(work: () => PromiseLike<T>): PromiseLike<T> {
    return Dexie.currentTransaction ? work() : steadily(() => this.reopen(), work)
  }

  private reopen(): PromiseLike<unknown> {
    this.close({ disableAutoOpen: false })
    return this.open()
  }

  // Every record that enters the app passes through restore.ts; screens never see an old shape.
  private restoreOnRead(): void {
    this.visits.hook('reading', restoreVisit)
    this.drafts.hook('reading', restoreDraft)
    this.answers.hook('reading', restoreAnswer)
    this.evidence.hook('reading', restoreEvidence)
    this.outbox.hook('reading', restoreOutboxItem)
    this.recordings.hook('reading', restoreRecording)
    this.chunks.hook('reading', restoreChunk)
  }
}

let current: PhoneDatabase | null = null

/** Opens the database of this person; the one of another person stays on the device, closed. */
export function openDatabase(personId: string): PhoneDatabase {
  const name = `mingcha-${personId}`
  if (current?.name === name) return current
  current?.close()
  current = new PhoneDatabase(name)
  return current
}

/** A write of a single record; several belong into a transaction. */
export const write = async <T>(work: (db: PhoneDatabase) => PromiseLike<T>): Promise<T> => {
  const db = database()
  return db.steadily(() => work(db))
}

/** The open database. Asking before anyone is known is a fault of the caller. */
export function database(): PhoneDatabase {
  if (!current) throw new Error('No database is open: nobody is signed in.')
  return current
}

/** Reads everything one piece of work consists of in one go: draft, answers, files, their place in line. */
import type { Checklist, EvidenceKind, Visit, VisitRow } from '@/shared/api/types'
import type { KindById } from '../domain/completeness'
import { database } from './database'
import { answersOfDraft, draftIdOf } from './drafts'
import { filesOfVisit, idsOnPhone } from './evidence'
import { wordsOf } from './line'
import type { AnswerRecord, DraftKind, DraftRecord, EvidenceRecord, OutboxRecord, VisitRecord } from './records'
import { keptChecklist, keptVisit } from './visits'

/** What hardly changes while a visit is filled. */
export interface SheetFrame {
  /** The draft's id, whether or not the draft was begun. */
  id: string
  visit: VisitRow
  detail: Visit | null
  checklist: Checklist
}

/** What every answer changes. */
export interface SheetWork {
  id: string
  draft: DraftRecord | null
  answers: Map<string, AnswerRecord>
  line: Map<string, OutboxRecord>
  words: OutboxRecord | null
}

export interface SheetFiles {
  files: EvidenceRecord[]
  onPhone: Set<string>
}

export interface SheetContent extends SheetFrame, SheetWork, SheetFiles {
  kind: DraftKind
  kinds: KindById
}

const roundOf = (visit: VisitRow): number => visit.return?.round ?? 0

/** The piece of work a visit asks for now. */
export function kindOf(visit: VisitRow): DraftKind {
  if (visit.return) return 'return'
  const isSent = visit.state === 'submitted' || visit.state === 'in_review'
  return isSent && visit.open_items?.length ? 'follow_up' : 'submission'
}

export const draftIdFor = (visit: VisitRow, kind: DraftKind): string => draftIdOf(visit.id, kind, roundOf(visit))

/** Kinds of all files of the visit by id. */
export function kindsById(files: EvidenceRecord[], detail: Visit | null): Map<string, EvidenceKind> {
  const known = [...(detail?.evidence ?? []), ...files].map(({ id, kind }) => [id, kind] as const)
  return new Map(known)
}

/**
 * The frame of a visit's work, or null while visit or checklist are not on the phone. Without `id` it is the work the
 * visit asks for now; with it, that one draft, whatever the visit asks for meanwhile.
 */
export async function readFrame(visitId: string, id?: string): Promise<SheetFrame | null> {
  const record = await keptVisit(visitId)
  if (!record) return null
  const checklist = await keptChecklist(record.row.checklist, record.row.version)
  return checklist && frameOf(record, checklist, id)
}

const frameOf = ({ row, detail }: VisitRecord, checklist: Checklist, id?: string): SheetFrame => ({
  id: id ?? draftIdFor(row, kindOf(row)), visit: row, detail, checklist,
})

const byId = <T extends { id: string }>(rows: T[]): Map<string, T> => new Map(rows.map((row) => [row.id, row]))

const partsOfWork = (visitId: string, id: string) =>
  [database().drafts.get(id), answersOfDraft(id), wordsOf(id), database().outbox.where('visit_id').equals(visitId).toArray()] as const

type WorkParts = [DraftRecord | undefined, AnswerRecord[], OutboxRecord | undefined, OutboxRecord[]]

const workFrom = (id: string, [draft, answers, words, line]: WorkParts): SheetWork => ({
  id, draft: draft ?? null, answers: new Map(answers.map((answer) => [answer.checkpoint, answer])), line: byId(line), words: words ?? null,
})

export const readWork = async (visitId: string, id: string): Promise<SheetWork> => workFrom(id, await Promise.all(partsOfWork(visitId, id)))

export async function readFiles(visitId: string): Promise<SheetFiles> {
  const [files, onPhone] = await Promise.all([filesOfVisit(visitId), idsOnPhone(visitId)])
  return { files, onPhone }
}

/** The parts put together. */
export const contentOf = (frame: SheetFrame, work: SheetWork, files: SheetFiles, kinds: KindById = kindsById(files.files, frame.detail)): SheetContent => ({
  ...frame, ...work, ...files, kind: work.draft?.kind ?? kindOf(frame.visit), kinds,
})

/**
 * The content of a visit's work in one go, or null while visit or checklist are not on the phone; `id` as for the frame.
 * Everything is asked for by the third wait: what Dexie follows for a live query is lost a few waits further in.
 */
export async function readSheet(visitId: string, id?: string): Promise<SheetContent | null> {
  const record = await keptVisit(visitId)
  const checklist = record && (await keptChecklist(record.row.checklist, record.row.version))
  return record && checklist ? sheetOf(record, checklist, id) : null
}

/** The same of a visit and a checklist that are at hand. */
export async function sheetOf(record: VisitRecord, checklist: Checklist, id?: string): Promise<SheetContent> {
  const frame = frameOf(record, checklist, id)
  const [draft, answers, words, line, files, onPhone] = await Promise.all([...partsOfWork(record.id, frame.id), filesOfVisit(record.id), idsOnPhone(record.id)])
  return contentOf(frame, workFrom(frame.id, [draft, answers, words, line]), { files, onPhone })
}

/** The content of work that nobody has begun: nothing but what is asked. */
export function blankSheet(record: VisitRecord, checklist: Checklist): SheetContent {
  const frame = frameOf(record, checklist)
  return contentOf(frame, workFrom(frame.id, [undefined, [], undefined, []]), { files: [], onPhone: new Set() })
}

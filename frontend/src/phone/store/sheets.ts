/** Reads everything one piece of work consists of in one go: draft, answers, files, their place in line. */
import type { Checklist, EvidenceKind, Visit, VisitRow } from '@/shared/api/types'
import { database } from './database'
import { answersOfDraft, draftIdOf } from './drafts'
import { filesOfVisit, idsOnPhone } from './evidence'
import { wordsOf } from './line'
import type { AnswerRecord, DraftKind, DraftRecord, EvidenceRecord, OutboxRecord } from './records'
import { keptChecklist, keptVisit } from './visits'

export interface SheetContent {
  /** The draft's id, whether or not the draft was begun. */
  id: string
  kind: DraftKind
  visit: VisitRow
  detail: Visit | null
  checklist: Checklist
  draft: DraftRecord | null
  answers: Map<string, AnswerRecord>
  files: EvidenceRecord[]
  kinds: Map<string, EvidenceKind>
  onPhone: Set<string>
  line: Map<string, OutboxRecord>
  words: OutboxRecord | null
}

const roundOf = (visit: VisitRow): number => visit.return?.round ?? 0

/** The piece of work a visit asks for now. */
export function kindOf(visit: VisitRow): DraftKind {
  if (visit.return) return 'return'
  const isSent = visit.state === 'submitted' || visit.state === 'in_review'
  return isSent && visit.open_items?.length ? 'follow_up' : 'submission'
}

export const draftIdFor = (visit: VisitRow, kind: DraftKind): string => draftIdOf(visit.id, kind, roundOf(visit))

function kindsById(files: EvidenceRecord[], detail: Visit | null): Map<string, EvidenceKind> {
  const known = [...(detail?.evidence ?? []), ...files].map(({ id, kind }) => [id, kind] as const)
  return new Map(known)
}

/**
 * The content of a visit's work, or null while visit or checklist are not on the phone. Without `id` it is the work the
 * visit asks for now; with it, that one draft, whatever the visit asks for meanwhile.
 */
export async function readSheet(visitId: string, id?: string): Promise<SheetContent | null> {
  const record = await keptVisit(visitId)
  if (!record) return null
  const checklist = await keptChecklist(record.row.checklist, record.row.version)
  if (!checklist) return null
  const draftId = id ?? draftIdFor(record.row, kindOf(record.row))
  const [draft, answers, files, onPhone, words, line] = await Promise.all([
    database().drafts.get(draftId),
    answersOfDraft(draftId),
    filesOfVisit(visitId),
    idsOnPhone(visitId),
    wordsOf(draftId),
    database().outbox.where('visit_id').equals(visitId).toArray(),
  ])
  return {
    id: draftId, kind: draft?.kind ?? kindOf(record.row), visit: record.row, detail: record.detail, checklist, draft: draft ?? null,
    answers: new Map(answers.map((answer) => [answer.checkpoint, answer])),
    files, kinds: kindsById(files, record.detail), onPhone, words: words ?? null,
    line: new Map(line.map((item) => [item.id, item])),
  }
}

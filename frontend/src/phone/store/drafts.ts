/** Drafts and their answers. Every change is one small transaction, written before the screen shows it. */
import type { Answer, CheckIn, EvidenceLink, Mark } from '@/shared/api/types'
import { database, write } from './database'
import type { AnswerRecord, DraftKind, DraftRecord } from './records'

/** One draft per visit and piece of work; a second return is a new one. */
export const draftIdOf = (visitId: string, kind: DraftKind, round = 0): string =>
  kind === 'submission' ? visitId : kind === 'return' ? `${visitId}/return/${round}` : `${visitId}/${kind}`

export const readDraft = (id: string): Promise<DraftRecord | undefined> => database().drafts.get(id)

export const answersOfDraft = (draftId: string): Promise<AnswerRecord[]> =>
  database().answers.where('draft_id').equals(draftId).toArray()

export const draftIds = (): Promise<string[]> => database().drafts.toCollection().primaryKeys()

/** Drafts with changes that the server has not seen. */
export const unsentDrafts = (): Promise<DraftRecord[]> =>
  database().drafts.filter(({ revision, synced_revision }) => revision > synced_revision).toArray()

const now = (): string => new Date().toISOString()

/** An answer that says nothing yet. */
export const emptyAnswer = (draftId: string, checkpoint: string): AnswerRecord => ({
  draft_id: draftId, checkpoint, result: null, value: null, comment: null, evidence: [], updated_at: now(),
})

export interface NewDraft {
  visitId: string
  kind: DraftKind
  round: number
  marks: Mark[]
  answers: Answer[]
}

/** The draft of this work, made with the given content unless it exists already: opening twice changes nothing. */
export async function openDraft({ visitId, kind, round, marks, answers }: NewDraft): Promise<DraftRecord> {
  const { drafts, answers: table } = database()
  const id = draftIdOf(visitId, kind, round)
  return database().transaction('rw', drafts, table, async () => {
    const known = await drafts.get(id)
    if (known) return known
    const draft: DraftRecord = {
      id, visit_id: visitId, kind, round, marks, check_in: null, check_in_seen: null, sign_off: null, started_at: now(), revision: 1, synced_revision: 0, held_by: null,
    }
    await drafts.add(draft)
    await table.bulkPut(answers.map((answer) => ({ ...emptyAnswer(id, answer.checkpoint), ...answer, draft_id: id })))
    return draft
  })
}

/** Counts one change; call inside the transaction that makes it. */
export async function countChange(draftId: string): Promise<void> {
  await database().drafts.where('id').equals(draftId).modify((draft) => {
    draft.revision += 1
  })
}

type AnswerChange = Partial<Pick<Answer, 'result' | 'value' | 'comment' | 'evidence'>>

export interface AnswerWriting {
  /** As it was, for undo. */
  before: AnswerRecord | null
  written: AnswerRecord
}

/** Changes one answer and leaves its other fields alone. */
export async function changeAnswer(draftId: string, checkpoint: string, change: AnswerChange): Promise<AnswerWriting> {
  const { drafts, answers } = database()
  return database().transaction('rw', drafts, answers, async () => {
    const before = await answers.get([draftId, checkpoint])
    const written = { ...(before ?? emptyAnswer(draftId, checkpoint)), ...change, updated_at: now() }
    await answers.put(written)
    await countChange(draftId)
    return { before: before ?? null, written }
  })
}

/** Puts an answer back as it was, null meaning that there was none. */
export async function restoreAnswerOf(draftId: string, checkpoint: string, before: AnswerRecord | null): Promise<void> {
  const { drafts, answers } = database()
  await database().transaction('rw', drafts, answers, async () => {
    if (before) await answers.put(before)
    else await answers.delete([draftId, checkpoint])
    await countChange(draftId)
  })
}

const links = (answer: AnswerRecord | undefined): EvidenceLink[] => answer?.evidence ?? []

/** Links a file to an answer; a second time only changes the time mark. */
export async function linkFile(draftId: string, checkpoint: string, id: string, atMs: number | null = null): Promise<void> {
  const { drafts, answers } = database()
  await database().transaction('rw', drafts, answers, async () => {
    const before = await answers.get([draftId, checkpoint])
    const evidence = [...links(before).filter((link) => link.id !== id), { id, at_ms: atMs }]
    await answers.put({ ...(before ?? emptyAnswer(draftId, checkpoint)), evidence, updated_at: now() })
    await countChange(draftId)
  })
}

/** Takes the link away; the file itself stays on the phone. */
export async function unlinkFile(draftId: string, checkpoint: string, id: string): Promise<void> {
  const before = await database().answers.get([draftId, checkpoint])
  await changeAnswer(draftId, checkpoint, { evidence: links(before).filter((link) => link.id !== id) })
}

/** Keeps that the person is at the store; a second time replaces the first. */
export async function setCheckIn(draftId: string, checkIn: CheckIn): Promise<void> {
  await write(({ drafts }) => drafts.where('id').equals(draftId).modify((draft) => {
    Object.assign(draft, { check_in: checkIn, check_in_seen: null, revision: draft.revision + 1 })
  }))
}

/** Replaces the draft's content by the one the server holds, when the person continues here what began elsewhere. */
export async function replaceContent(draftId: string, marks: Mark[], content: Answer[]): Promise<void> {
  const { drafts, answers } = database()
  await database().transaction('rw', drafts, answers, async () => {
    await answers.where('draft_id').equals(draftId).delete()
    await answers.bulkPut(content.map((answer) => ({ ...emptyAnswer(draftId, answer.checkpoint), ...answer, draft_id: draftId })))
    await drafts.update(draftId, { marks, held_by: null })
  })
}

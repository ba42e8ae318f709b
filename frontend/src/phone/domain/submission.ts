/** The document that is sent: answers with their results decided, marks, and the list of evidence by id, size and sha256. */
import type { Answer, CheckIn, Checkpoint, EvidenceDeclaration, Mark, SignOff, Submission } from '@/shared/api/types'
import { resultOf } from './judging'

export type DeclaredFile = EvidenceDeclaration & { id: string }

export interface Sheet {
  checkpoints: Checkpoint[]
  answers: ReadonlyMap<string, Answer>
  files: DeclaredFile[]
  marks: Mark[]
  checkIn: CheckIn | null
  signOff: SignOff | null
  startedAt: string | null
}

export interface Circumstances {
  device: Record<string, unknown>
  appVersion: string
  finishedAt: string
}

const emptied = (text: string | null): string | null => (text?.trim() ? text.trim() : null)

const settled = (checkpoint: Checkpoint, answer: Answer): Answer => ({
  checkpoint: checkpoint.code,
  result: resultOf(checkpoint, answer),
  value: answer.value,
  comment: emptied(answer.comment),
  evidence: answer.evidence.map(({ id, at_ms }) => ({ id, at_ms })),
})

/** Answers that hold a result, in checklist order. */
export const answersOf = (sheet: Sheet): Answer[] =>
  sheet.checkpoints.flatMap((checkpoint) => {
    const answer = sheet.answers.get(checkpoint.code)
    return answer && resultOf(checkpoint, answer) !== null ? [settled(checkpoint, answer)] : []
  })

const declared = ({ id, kind, media_type, size, sha256, captured_at, source, position, device }: DeclaredFile): DeclaredFile => ({
  id, kind, media_type, size, sha256, captured_at, source, position, device,
})

/** Files that an answer of this sheet links, and the store's signature. */
export function linkedFiles(sheet: Sheet): DeclaredFile[] {
  const linked = new Set(answersOf(sheet).flatMap((answer) => answer.evidence.map((link) => link.id)))
  if (sheet.signOff?.evidence) linked.add(sheet.signOff.evidence)
  return sheet.files.filter((file) => linked.has(file.id)).map(declared)
}

/** The whole submission; sent unchanged however often it is repeated. */
export const submissionOf = (sheet: Sheet, now: Circumstances): Submission => ({
  answers: answersOf(sheet),
  marks: sheet.marks,
  check_in: sheet.checkIn,
  sign_off: sheet.signOff,
  evidence: linkedFiles(sheet),
  device: now.device,
  app_version: now.appVersion,
  started_at: sheet.startedAt,
  finished_at: now.finishedAt,
})

/** A review before it is sent: staged changes, returns and waivers, what still stands against each verdict, and the body. */
import type { Evidence, Result } from '@/shared/api/types'
import type { DeskVisit, ReviewBody, Verdict } from '../../api/types'

export interface Change {
  result: Result
  reason: string
}

export interface ReviewDraft {
  changes: Readonly<Record<string, Change>>
  /** Note by checkpoint. */
  returned: Readonly<Record<string, string>>
  /** Reason by checkpoint code (a hole) or evidence id (a missing file). */
  waived: Readonly<Record<string, string>>
  reason: string
  deadline: string | null
}

/** What stands against a verdict: where, and the key of the sentence about it. */
export interface Blocker {
  place: string
  code: 'change-reason' | 'return-note' | 'waive-reason' | 'hole' | 'missing-file' | 'open-item' | 'has-returns' | 'nothing-returned' | 'deadline' | 'void-reason'
}

export const emptyDraft = (): ReviewDraft => ({ changes: {}, returned: {}, waived: {}, reason: '', deadline: null })

export const isEmpty = (draft: ReviewDraft): boolean =>
  ![draft.changes, draft.returned, draft.waived].some((part) => Object.keys(part).length) && !draft.reason

const without = <T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> => {
  const { [key]: _gone, ...rest } = record
  return rest
}

/** Stages another result for an answer; the result it has already takes the change back. */
export function stageChange(draft: ReviewDraft, checkpoint: string, current: Result | null, result: Result): ReviewDraft {
  if (result === current) return { ...draft, changes: without(draft.changes, checkpoint) }
  const reason = draft.changes[checkpoint]?.reason ?? ''
  return { ...draft, changes: { ...draft.changes, [checkpoint]: { result, reason } } }
}

export const explainChange = (draft: ReviewDraft, checkpoint: string, reason: string): ReviewDraft => {
  const change = draft.changes[checkpoint]
  return change ? { ...draft, changes: { ...draft.changes, [checkpoint]: { ...change, reason } } } : draft
}

const toggled = (part: Readonly<Record<string, string>>, key: string): Record<string, string> => (key in part ? without(part, key) : { ...part, [key]: '' })

export const toggleReturn = (draft: ReviewDraft, checkpoint: string): ReviewDraft => ({ ...draft, returned: toggled(draft.returned, checkpoint) })
export const noteReturn = (draft: ReviewDraft, checkpoint: string, note: string): ReviewDraft => ({ ...draft, returned: { ...draft.returned, [checkpoint]: note } })
export const toggleWaiver = (draft: ReviewDraft, place: string): ReviewDraft => ({ ...draft, waived: toggled(draft.waived, place) })
export const explainWaiver = (draft: ReviewDraft, place: string, reason: string): ReviewDraft => ({ ...draft, waived: { ...draft.waived, [place]: reason } })

/** Lets several places pass for one reason; those with a reason of their own keep it. */
export function waiveAll(draft: ReviewDraft, places: readonly string[], reason: string): ReviewDraft {
  const fresh = Object.fromEntries(places.map((place) => [place, draft.waived[place]?.trim() || reason]))
  return { ...draft, waived: { ...draft.waived, ...fresh } }
}

const MISSING: readonly Evidence['state'][] = ['expected', 'uploading', 'unreadable']
type Judged = Pick<DeskVisit, 'holes' | 'open_items' | 'waivers' | 'evidence'>

/** Files that did not arrive or cannot be read, and that nobody let pass yet. */
export const missingFiles = (visit: Judged): Evidence[] =>
  visit.evidence.filter((file) => MISSING.includes(file.state) && !visit.waivers.some((waiver) => waiver.evidence === file.id))

/** Checkpoints without proof that nobody let pass yet. */
export const openHoles = (visit: Judged): string[] => visit.holes.filter((code) => !visit.waivers.some((waiver) => waiver.checkpoint === code))

const blank = (text: string): boolean => text.trim() === ''
const blanks = (part: Readonly<Record<string, string>>, code: Blocker['code']): Blocker[] =>
  Object.entries(part).filter(([, text]) => blank(text)).map(([place]) => ({ place, code }))

const unexplained = (draft: ReviewDraft): Blocker[] => [
  ...Object.entries(draft.changes).filter(([, change]) => blank(change.reason)).map(([place]) => ({ place, code: 'change-reason' as const })),
  ...blanks(draft.waived, 'waive-reason'),
]

function againstApproval(draft: ReviewDraft, visit: Judged): Blocker[] {
  const passes = (place: string): boolean => place in draft.waived || place in draft.changes
  return [
    ...unexplained(draft),
    ...Object.keys(draft.returned).map((place) => ({ place, code: 'has-returns' as const })),
    ...openHoles(visit).filter((code) => !passes(code)).map((place) => ({ place, code: 'hole' as const })),
    ...missingFiles(visit).filter((file) => !(file.id in draft.waived)).map((file) => ({ place: file.id, code: 'missing-file' as const })),
    ...visit.open_items.filter((code) => !(code in draft.changes)).map((place) => ({ place, code: 'open-item' as const })),
  ]
}

function againstReturn(draft: ReviewDraft): Blocker[] {
  const nothing: Blocker[] = Object.keys(draft.returned).length ? [] : [{ place: '', code: 'nothing-returned' }]
  const undated: Blocker[] = draft.deadline ? [] : [{ place: '', code: 'deadline' }]
  return [...unexplained(draft), ...blanks(draft.returned, 'return-note'), ...nothing, ...undated]
}

/** What must be settled before this verdict can be sent. The server judges again. */
export function blockers(draft: ReviewDraft, visit: Judged, verdict: Verdict): Blocker[] {
  if (verdict === 'approved') return againstApproval(draft, visit)
  if (verdict === 'returned') return againstReturn(draft)
  return blank(draft.reason) ? [{ place: '', code: 'void-reason' }] : []
}

/** The decision as it is sent. A visit made void takes no changes with it. */
export function bodyOf(draft: ReviewDraft, visit: Pick<DeskVisit, 'evidence' | 'round'>, verdict: Verdict): ReviewBody {
  const base = { verdict, reason: draft.reason.trim() || null, round: visit.round }
  if (verdict === 'void') return base
  const isFile = (place: string): boolean => visit.evidence.some((file) => file.id === place)
  const changes = Object.entries(draft.changes).map(([checkpoint, change]) => ({ checkpoint, result: change.result, reason: change.reason.trim() }))
  const waived = Object.entries(draft.waived).map(([place, reason]) => ({ [isFile(place) ? 'evidence' : 'checkpoint']: place, reason: reason.trim() }))
  const returned = Object.entries(draft.returned).map(([checkpoint, note]) => ({ checkpoint, note: note.trim() }))
  return { ...base, changes, waived, ...(verdict === 'returned' ? { deadline: draft.deadline, returned } : {}) } as ReviewBody
}

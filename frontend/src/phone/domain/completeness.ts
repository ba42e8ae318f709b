/** What an answer still lacks before it may be submitted, item by item; the rules of method 4.2, shared with the server. */
import type { Answer, Checklist, Checkpoint, EvidenceKind, EvidenceRule } from '@/shared/api/types'
import { isInRange, resultOf } from './judging'

export type HoleCode = 'answer' | 'range' | 'na_not_allowed' | 'na_comment' | 'evidence'

export interface Need {
  kind: EvidenceKind
  need: number
  have: number
}

/** One thing missing. Evidence holes say which kinds; in mode `any` one of them is enough. */
export interface Hole {
  code: HoleCode
  needs?: Need[]
  mode?: 'all' | 'any'
}

/** Kinds of the linked files by evidence id. */
export type KindById = ReadonlyMap<string, EvidenceKind>

const isNeeded = (rule: EvidenceRule, failed: boolean): boolean => rule.required === true || (rule.required === 'on_fail' && failed)

const hasComment = (answer: Answer): boolean => (answer.comment ?? '').trim() !== ''

/** How many files of each needed kind are linked, for the result the answer holds now. */
export function needsOf(checkpoint: Checkpoint, answer: Answer | undefined, kinds: KindById): Need[] {
  const failed = resultOf(checkpoint, answer) === 'fail'
  const linked = new Set((answer?.evidence ?? []).map((link) => link.id))
  const have = (kind: EvidenceKind): number => [...linked].filter((id) => kinds.get(id) === kind).length
  return checkpoint.evidence.filter((rule) => isNeeded(rule, failed)).map(({ kind, min }) => ({ kind, need: min, have: have(kind) }))
}

function evidenceHole(checkpoint: Checkpoint, answer: Answer, kinds: KindById): Hole | null {
  const needs = needsOf(checkpoint, answer, kinds)
  const open = needs.filter(({ need, have }) => have < need)
  const enough = checkpoint.evidence_mode === 'any' ? open.length < needs.length : open.length === 0
  return enough || needs.length === 0 ? null : { code: 'evidence', needs: open, mode: checkpoint.evidence_mode }
}

/** A fail because something was not given has nothing to photograph: a comment stands for the proof, and a reviewer confirms. */
export const isAbsence = (checklist: Checklist, checkpoint: Checkpoint, answer: Answer | undefined, kinds: KindById): boolean =>
  answer !== undefined &&
  checklist.evidence_rules?.absence !== undefined &&
  resultOf(checkpoint, answer) === 'fail' &&
  hasComment(answer) &&
  evidenceHole(checkpoint, answer, kinds) !== null

function answerHole(checkpoint: Checkpoint, answer: Answer | undefined): Hole | null {
  const rule = checkpoint.answer
  const isOutside = rule.type === 'number' && typeof answer?.value === 'number' && !isInRange(rule, answer.value)
  if (isOutside) return { code: 'range' }
  return resultOf(checkpoint, answer) === null ? { code: 'answer' } : null
}

const byChoice = (checkpoint: Checkpoint, answer: Answer): boolean => checkpoint.answer.type === 'single_choice' && answer.value !== null

function naHoles(checkpoint: Checkpoint, answer: Answer): Hole[] {
  const holes: Hole[] = []
  // An option whose outcome is NA is the version's own NA and needs no permission.
  if (!checkpoint.allow_na && !byChoice(checkpoint, answer)) holes.push({ code: 'na_not_allowed' })
  if (!hasComment(answer)) holes.push({ code: 'na_comment' })
  return holes
}

/** Everything one item lacks; empty when it is complete. */
export function holesOf(checklist: Checklist, checkpoint: Checkpoint, answer: Answer | undefined, kinds: KindById): Hole[] {
  const open = answerHole(checkpoint, answer)
  if (open || !answer) return [open ?? { code: 'answer' }]
  if (resultOf(checkpoint, answer) === 'na') return naHoles(checkpoint, answer)
  if (isAbsence(checklist, checkpoint, answer, kinds)) return []
  const proof = evidenceHole(checkpoint, answer, kinds)
  return proof ? [proof] : []
}

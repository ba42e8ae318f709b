/** Whether answers are complete and proven, as the version demands; the server examines the same, from the same cases. */
import type { Answer, Checklist, Checkpoint, EvidenceKind, EvidenceRule, Method, Result } from '@/shared/api/types'
import { itemsFor } from './checklist'
import type { Item } from './checklist'
import { faultOf, isFault, judge, resultOf } from './judging'
import type { Fault } from './judging'

/** A judged answer with the kind of each linked piece of evidence. */
export interface Answered {
  result: Result
  comment: string | null
  evidence: readonly EvidenceKind[]
}

/** What is wrong with one answer; `isHole` marks a fail that stands on its comment alone and wants a reviewer's word. */
export interface Examined {
  faults: Fault[]
  isHole: boolean
}

export interface Need {
  kind: EvidenceKind
  need: number
  have: number
}

/** Kinds of the linked files by evidence id. */
export type KindById = ReadonlyMap<string, EvidenceKind>

const says = (comment: string | null): boolean => Boolean(comment?.trim())

const applies = ({ required }: EvidenceRule, result: Result | null): boolean =>
  required === 'on_fail' ? result === 'fail' : required && result !== 'na'

const counted = (evidence: readonly EvidenceKind[], kind: EvidenceKind): number => evidence.filter((one) => one === kind).length

/** The requirements in force for this result, with what is there. */
const needsFor = ({ evidence: rules }: Checkpoint, result: Result | null, evidence: readonly EvidenceKind[]): Need[] =>
  rules.filter((rule) => applies(rule, result)).map(({ kind, min }) => ({ kind, need: min, have: counted(evidence, kind) }))

// In a private space nobody may be filmed or recorded, whatever else the evidence would show.
const intruding = ({ code, privacy }: Checkpoint, evidence: readonly EvidenceKind[]): Fault[] =>
  privacy?.includes('private_space') && evidence.some((kind) => kind !== 'photo') ? [faultOf(code, 'photos-only')] : []

function lacking(checkpoint: Checkpoint, result: Result, evidence: readonly EvidenceKind[]): Fault[] {
  const needs = needsFor(checkpoint, result, evidence)
  const short = needs.filter(({ need, have }) => have < need)
  if (checkpoint.evidence_mode === 'all')
    return short.map(({ kind, need, have }) => faultOf(checkpoint.code, `evidence-missing-${kind}`, { kind, have, need }))
  if (short.length === 0 || short.length < needs.length) return []
  const have = needs.reduce((sum, one) => sum + one.have, 0)
  return [faultOf(checkpoint.code, 'evidence-missing-any', { kinds: needs.map(({ kind }) => kind), have })]
}

interface AbsenceRule {
  allowed_on?: string
  qc_confirmation?: boolean
}

// Nothing at all of what is lacking: there was nothing to record. One photo of two is a shortage instead.
const isAbsence = (faults: Fault[]): boolean => faults.length > 0 && faults.every(({ params }) => params.have === 0)

/** Examines one judged answer. */
export function examineAnswer(checklist: Checklist, checkpoint: Checkpoint, { result, comment, evidence }: Answered): Examined {
  const intrusions = intruding(checkpoint, evidence)
  if (result === 'na')
    return { faults: says(comment) ? intrusions : [...intrusions, faultOf(checkpoint.code, 'na-needs-comment')], isHole: false }
  const absence = checklist.evidence_rules?.absence as AbsenceRule | undefined
  const missing = lacking(checkpoint, result, evidence)
  if (result === 'fail' && absence?.allowed_on === 'fail' && says(comment) && isAbsence(missing))
    return { faults: intrusions, isHole: Boolean(absence.qc_confirmation) && intrusions.length === 0 }
  return { faults: [...intrusions, ...missing], isHole: false }
}

const kindsOfLinks = (answer: Answer | undefined, kinds: KindById): EvidenceKind[] =>
  [...new Set((answer?.evidence ?? []).map(({ id }) => id))].flatMap((id) => kinds.get(id) ?? [])

/** The requirements in force for the answer as it stands, with what is linked. */
export const needsOf = (checkpoint: Checkpoint, answer: Answer | undefined, kinds: KindById): Need[] =>
  needsFor(checkpoint, resultOf(checkpoint, answer), kindsOfLinks(answer, kinds))

/** Everything that stands in the way of one answer as it is kept on the phone, missing answers included. */
export function examineDraft(checklist: Checklist, checkpoint: Checkpoint, answer: Answer | undefined, kinds: KindById): Examined {
  if (!answer) return { faults: [faultOf(checkpoint.code, 'answer-missing')], isHole: false }
  const outcome = judge(checkpoint, answer.result, answer.value)
  if (isFault(outcome)) return { faults: [outcome], isHole: false }
  return examineAnswer(checklist, checkpoint, { result: outcome, comment: answer.comment, evidence: kindsOfLinks(answer, kinds) })
}

export interface Examination {
  faults: Fault[]
  holes: string[]
  openItems: string[]
}

/** Examines all answers of a visit against everything its method asks, in checklist order. */
export function examine(
  checklist: Checklist,
  method: Method,
  answers: ReadonlyMap<string, Answered>,
  phase: 'submission' | 'follow_up',
): Examination {
  const found: Examination = { faults: [], holes: [], openItems: [] }
  for (const item of itemsFor(checklist, method)) examineInto(found, checklist, item, answers.get(item.checkpoint.code), phase)
  return found
}

function examineInto(found: Examination, checklist: Checklist, item: Item, answered: Answered | undefined, phase: string): void {
  const { code } = item.checkpoint
  if (answered) {
    const { faults, isHole } = examineAnswer(checklist, item.checkpoint, answered)
    found.faults.push(...faults)
    if (isHole) found.holes.push(code)
  } else if (item.capture === 'after_visit' && phase === 'submission') found.openItems.push(code)
  else found.faults.push(faultOf(code, 'answer-missing'))
}

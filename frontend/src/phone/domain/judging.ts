/**
 * How one answer becomes pass, fail or NA, by the version's own rule; the same rule the server applies at submission, with
 * the same words for what is wrong (tests/cases/completeness.json).
 */
import type { Answer, AnswerRule, Checkpoint, PassWhen, Result } from '@/shared/api/types'
import { exact, isAtMost, isMultiple, minus } from './decimal'

/** Why an answer cannot be taken: the checkpoint, the key of the sentence, and the values in it. */
export interface Fault {
  checkpoint: string
  code: string
  params: Record<string, unknown>
}

export type Outcome = Result | Fault

export const isFault = (outcome: Outcome): outcome is Fault => typeof outcome === 'object'

export const faultOf = (checkpoint: string, code: string, params: Record<string, unknown> = {}): Fault => ({ checkpoint, code, params })

type NumberRule = Extract<AnswerRule, { type: 'number' }>
type ChoiceRule = Extract<AnswerRule, { type: 'single_choice' }>

const RESULTS: readonly unknown[] = ['pass', 'fail', 'na']

/** Bounds are inclusive. */
function meets(rule: PassWhen, value: number): boolean {
  if (rule.op === 'between') return value >= rule.min && value <= rule.max
  return rule.op === 'lte' ? value <= rule.value : value >= rule.value
}

const isOffStep = ({ min, step }: NumberRule, value: number): boolean => Boolean(step) && !isMultiple(minus(exact(value), exact(min)), exact(step!))

const isOutside = ({ min, max }: NumberRule, value: number): boolean => !isAtMost(exact(min), exact(value)) || !isAtMost(exact(value), exact(max))

function numberOutcome(code: string, rule: NumberRule, value: unknown): Outcome {
  if (typeof value !== 'number' || !Number.isFinite(value)) return faultOf(code, 'not-a-number')
  const { min, max, step } = rule
  if (isOutside(rule, value)) return faultOf(code, 'out-of-range', { min, max })
  if (isOffStep(rule, value)) return faultOf(code, 'off-step', { min, step })
  return meets(rule.pass_when, value) ? 'pass' : 'fail'
}

const choiceOutcome = (code: string, { options }: ChoiceRule, value: unknown): Outcome =>
  options.find((option) => option.value === value)?.outcome ?? faultOf(code, 'option-unknown', { options: options.map((option) => option.value) })

function outcomeOf({ code, answer: rule }: Checkpoint, value: unknown): Outcome {
  if (rule.type === 'number') return numberOutcome(code, rule, value)
  return rule.type === 'single_choice' ? choiceOutcome(code, rule, value) : faultOf(code, 'value-unexpected')
}

/** Where a value decides, a given result must agree with it. */
function agreed(code: string, result: string | null, outcome: Outcome): Outcome {
  if (isFault(outcome) || result === null || result === outcome) return outcome
  if (!RESULTS.includes(result)) return faultOf(code, 'result-unknown')
  return faultOf(code, 'contradiction', { given: result, derived: outcome })
}

/** Whether the checkpoint can be NA at all: by permission, or because one of its options is. */
export const mayBeNA = ({ allow_na, answer }: Checkpoint): boolean =>
  allow_na || (answer.type === 'single_choice' && answer.options.some(({ outcome }) => outcome === 'na'))

/** The result of one answer, or why there is none. `na` without a value is NA for every type of answer. */
export function judge(checkpoint: Checkpoint, result: string | null, value: unknown): Outcome {
  const { code, answer } = checkpoint
  if (value !== null) return agreed(code, result, outcomeOf(checkpoint, value))
  if (result === 'na') return mayBeNA(checkpoint) ? 'na' : faultOf(code, 'na-not-allowed')
  if (answer.type !== 'pass_fail') return faultOf(code, 'value-missing')
  if (result === 'pass' || result === 'fail') return result
  return faultOf(code, result === null ? 'result-missing' : 'result-unknown')
}

/** The result an answer holds now, or null. */
export function resultOf(checkpoint: Checkpoint, answer: Pick<Answer, 'result' | 'value'> | undefined): Result | null {
  const outcome = answer ? judge(checkpoint, answer.result, answer.value) : null
  return outcome === null || isFault(outcome) ? null : outcome
}

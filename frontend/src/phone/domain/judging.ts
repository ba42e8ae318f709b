/** Turns a raw value into pass, fail or NA by the version's own rule; the same rule the server applies at submission. */
import type { Answer, AnswerRule, Checkpoint, PassWhen, Result } from '@/shared/api/types'

type Value = Answer['value']

/** Bounds are inclusive. */
export function meets(rule: PassWhen, value: number): boolean {
  if (rule.op === 'between') return value >= rule.min && value <= rule.max
  return rule.op === 'lte' ? value <= rule.value : value >= rule.value
}

export const isInRange = (rule: Extract<AnswerRule, { type: 'number' }>, value: number): boolean =>
  (rule.min === undefined || value >= rule.min) && (rule.max === undefined || value <= rule.max)

/** The result a value stands for, or null when the value decides nothing. */
export function judge(rule: AnswerRule, value: Value): Result | null {
  if (rule.type === 'number') return typeof value === 'number' && isInRange(rule, value) ? passOrFail(rule.pass_when, value) : null
  if (rule.type === 'single_choice') return rule.options.find((option) => option.value === value)?.outcome ?? null
  return null
}

const passOrFail = (rule: PassWhen, value: number): Result => (meets(rule, value) ? 'pass' : 'fail')

/** The result an answer holds now: NA without a value is NA for every answer type, else the value decides where there is one. */
export function resultOf(checkpoint: Checkpoint, answer: Pick<Answer, 'result' | 'value'> | undefined): Result | null {
  if (!answer) return null
  if (answer.result === 'na' && answer.value === null) return 'na'
  return checkpoint.answer.type === 'pass_fail' ? answer.result : judge(checkpoint.answer, answer.value)
}

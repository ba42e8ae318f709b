/** The moments of a visit, noted with one tap each, and the waiting times that lie between two of them. */
import type { Answer, AnswerRule, Checkpoint, Mark, PassWhen } from '@/shared/api/types'

/** In the order in which a visit passes through them; the call comes days later. */
export const ON_SITE = ['arrived', 'greeted', 'advisor', 'signed', 'workshop', 'ready', 'paid', 'left'] as const
export const AFTERWARDS = ['called'] as const

export type Moment = (typeof ON_SITE)[number] | (typeof AFTERWARDS)[number]

/** From one moment to another. */
export type Stretch = readonly [from: Moment, to: Moment]

/**
 * The checkpoints whose number is such a stretch, by lineage, so that an editorial new version keeps it. Only those whose
 * guidance names exactly these two moments: a wait that begins with a request, or with a promised time, is no such stretch.
 */
const STRETCHES: Readonly<Record<string, Stretch>> = {
  'EO-02-05': ['arrived', 'greeted'],
  'EO-03-01': ['greeted', 'advisor'],
  'EO-10-03': ['left', 'called'],
  'RF-04-01': ['signed', 'workshop'],
}

const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600 }

type NumberRule = Extract<AnswerRule, { type: 'number' }>

export interface Span {
  from: Mark
  to: Mark
  /** In the unit of the checkpoint, on its step. */
  value: number
}

/** Whether it fails for being too small. */
function isBelow(rule: PassWhen, exact: number): boolean {
  if (rule.op === 'lte') return false
  return exact < (rule.op === 'between' ? rule.min : rule.value)
}

/**
 * The exact length on the checkpoint's step. Rounded away from passing, never towards it: 5 min 10 s of at most 5 minutes
 * is 6 and not 5, and a wait that was too short stays too short.
 */
function onStep({ min, step, pass_when: rule }: NumberRule, exact: number): number {
  const size = step || 1
  const steps = (exact - min) / size
  const whole = isBelow(rule, exact) ? Math.floor(steps) : Math.ceil(steps)
  return Number((min + whole * size).toFixed(6))
}

/** What the noted moments say of a checkpoint, or null: not about a stretch, not both noted, or out of its range. */
export function spanOf({ lineage, code, answer: rule }: Checkpoint, marks: readonly Mark[]): Span | null {
  const stretch = STRETCHES[lineage ?? code]
  if (!stretch || rule.type !== 'number') return null
  const [from, to] = stretch.map((name) => marks.find((mark) => mark.name === name))
  const unit = SECONDS[rule.unit]
  if (!from || !to || !unit) return null
  const exact = (Date.parse(to.at) - Date.parse(from.at)) / 1000 / unit
  if (!(exact >= 0)) return null
  const value = onStep(rule, exact)
  return value >= rule.min && value <= rule.max ? { from, to, value } : null
}

export interface Refill {
  checkpoint: string
  value: number | null
}

const isEmpty = (answer: Answer | undefined): boolean => !answer || (answer.value === null && answer.result === null)

/**
 * The numbers to write after the moments changed. One that a person wrote or changed stays theirs: only an empty answer is
 * filled, and one that still holds what the moments said before follows them.
 */
export function refillsOf(
  checkpoints: readonly Checkpoint[],
  answers: ReadonlyMap<string, Answer>,
  before: readonly Mark[],
  after: readonly Mark[],
): Refill[] {
  return checkpoints.flatMap((checkpoint) => {
    const [old, now] = [spanOf(checkpoint, before)?.value ?? null, spanOf(checkpoint, after)?.value ?? null]
    const answer = answers.get(checkpoint.code)
    const follows = isEmpty(answer) || (old !== null && answer?.value === old)
    return follows && now !== old ? [{ checkpoint: checkpoint.code, value: now }] : []
  })
}

/** The first moment in the store that is not noted yet, looked for after the last one that is; null after leaving. */
export function nextMoment(marks: readonly Mark[]): Moment | null {
  const noted = new Set(marks.map(({ name }) => name))
  const last = ON_SITE.reduce((at, name, place) => (noted.has(name) ? place : at), -1)
  return ON_SITE[last + 1] ?? null
}

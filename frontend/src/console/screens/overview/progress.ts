/** Reads the progress answer of a wave into steps in the order a visit passes through them. */
import type { VisitState } from '@/shared/api/types'
import type { Progress } from '../../api/types'

export type Tone = 'done' | 'judged' | 'moving' | 'waiting' | 'out'

export interface Step {
  state: VisitState
  count: number
  tone: Tone
}

/** States in order, the finished first: the eye looks for what is done. */
export const TONES: Record<VisitState, Tone> = {
  locked: 'done', published: 'done', approved: 'done', in_review: 'judged', submitted: 'judged', in_progress: 'moving', taken: 'moving',
  planned: 'waiting', declined: 'out', expired: 'out', aborted: 'out', void: 'out',
}

export const VISIT_STATES = Object.keys(TONES) as VisitState[]

/** The states that hold visits, in order. */
export const stepsOf = (counts: Progress['by_state']): Step[] =>
  VISIT_STATES.map((state) => ({ state, count: counts[state] ?? 0, tone: TONES[state] })).filter((step) => step.count > 0)

export const totalOf = (steps: readonly Step[]): number => steps.reduce((sum, step) => sum + step.count, 0)

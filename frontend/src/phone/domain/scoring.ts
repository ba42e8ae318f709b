/** Pass rate and score of one visit, for the phone's own preview; the server's scorecard is the one that counts. */
import type { Checklist, Checkpoint, Result, ScorePart } from '@/shared/api/types'

export interface Judged {
  checkpoint: Pick<Checkpoint, 'code' | 'weight' | 'critical'>
  result: Result
}

export interface VisitScore extends ScorePart {
  earned: number
  possible: number
  raw_score: number | null
  official_score: number | null
  red_line: boolean
}

// Half up on exact integers: part and whole are counts or weights, so hundredths of a percent are floor((2a*10^4 + b) / 2b).
const share = (part: number, whole: number): number | null => (whole === 0 ? null : Math.floor((20000 * part + whole) / (2 * whole)) / 100)

const weightOf = (items: Judged[]): number => items.reduce((sum, { checkpoint }) => sum + checkpoint.weight, 0)

/** The figures of some items: totals, a stage, a module or a dimension. */
export function partOf(items: Judged[]): ScorePart & { earned: number; possible: number } {
  const applicable = items.filter(({ result }) => result !== 'na')
  const passed = applicable.filter(({ result }) => result === 'pass')
  const [earned, possible] = [weightOf(passed), weightOf(applicable)]
  const rate = share(passed.length, applicable.length)
  return { passed: passed.length, applicable: applicable.length, rate, score: share(earned, possible), earned, possible }
}

type RedLineRule = Checklist['scoring']['critical']

function official(raw: number | null, redLine: boolean, rule: RedLineRule): number | null {
  if (raw === null || !redLine || rule.effect === 'none') return raw
  return rule.effect === 'zero' ? 0 : Math.min(raw, rule.cap ?? 59)
}

/** The visit's figures by method 5.1 to 5.5. */
export function scoreOf(items: Judged[], rule: RedLineRule): VisitScore {
  const total = partOf(items)
  const redLine = items.some(({ checkpoint, result }) => checkpoint.critical && result === 'fail')
  return { ...total, raw_score: total.score, official_score: official(total.score, redLine, rule), red_line: redLine }
}

/** Rate and score of one visit by method 5.1 to 5.5, exact inside, half up at the edge; the server's scorecard is the one that counts. */
import type { Checklist, Checkpoint, Result, Scorecard, ScorePart, Stage } from '@/shared/api/types'
import { exact, isAtMost, plain, plus, rounded, ZERO } from './decimal'
import type { Fraction } from './decimal'

interface Judged {
  stage: Stage
  checkpoint: Checkpoint
  result: Result
}

export type Part = ScorePart & { earned: number; possible: number }

const weightOf = (items: Judged[]): Fraction => items.reduce((sum, { checkpoint }) => plus(sum, exact(checkpoint.weight)), ZERO)

/** 100 x part / whole, or null where nothing applies. */
const percent = (part: Fraction, whole: Fraction): Fraction | null =>
  whole.numerator === 0n
    ? null
    : { numerator: 100n * part.numerator * whole.denominator, denominator: part.denominator * whole.numerator }

const shown = (value: Fraction | null): number | null => value && rounded(value, 2)

function figuresOf(items: Judged[]) {
  const applicable = items.filter(({ result }) => result !== 'na')
  const passed = applicable.filter(({ result }) => result === 'pass')
  const [earned, possible] = [weightOf(passed), weightOf(applicable)]
  const rate = percent(exact(passed.length), exact(applicable.length))
  return { passed: passed.length, applicable: applicable.length, rate, earned, possible, score: percent(earned, possible) }
}

function partOf(items: Judged[]): Part {
  const { passed, applicable, rate, earned, possible, score } = figuresOf(items)
  return { passed, applicable, rate: shown(rate), earned: plain(earned), possible: plain(possible), score: shown(score) }
}

function partsBy(items: Judged[], codeOf: (item: Judged) => string | null | undefined): Record<string, Part> {
  const groups = new Map<string, Judged[]>()
  for (const item of items) {
    const code = codeOf(item)
    if (code) groups.set(code, [...(groups.get(code) ?? []), item])
  }
  return Object.fromEntries([...groups].map(([code, group]) => [code, partOf(group)]))
}

function official(raw: Fraction | null, redLine: boolean, { effect, cap = 59 }: Checklist['scoring']['critical']): Fraction | null {
  if (raw === null || !redLine || effect === 'none') return raw
  const limit = exact(effect === 'zero' ? 0 : cap)
  return isAtMost(raw, limit) ? raw : limit
}

/** The scorecard of judged answers; what is not answered does not exist. */
export function scorecardOf(checklist: Checklist, results: ReadonlyMap<string, Result>): Scorecard {
  const items = checklist.stages.flatMap((stage) =>
    stage.checkpoints.flatMap((checkpoint) => {
      const result = results.get(checkpoint.code)
      return result ? [{ stage, checkpoint, result }] : []
    }),
  )
  const redLine = items.some(({ checkpoint, result }) => checkpoint.critical && result === 'fail')
  const { score: raw } = figuresOf(items)
  const { score: _score, ...total } = partOf(items)
  return {
    ...total,
    raw_score: shown(raw),
    official_score: shown(official(raw, redLine, checklist.scoring.critical)),
    red_line: redLine,
    stages: partsBy(items, ({ stage }) => stage.code),
    modules: partsBy(items, ({ checkpoint }) => checkpoint.module),
    dimensions: partsBy(items, ({ stage }) => stage.dimension),
  }
}

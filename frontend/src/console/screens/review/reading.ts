/** Reads a visit beside its checklist: answers by checkpoint, values in words, the lines of the score's equation. */
import { count } from '@/shared/format'
import { has, inLocale, t } from '@/shared/i18n'
import type { WaiverLine } from '../../api/types'
import type { Answer, Checklist, Checkpoint, Result, Script, Stage } from '@/shared/api/types'

export interface StageAnswers {
  stage: Stage
  /** Only the checkpoints that this visit was asked: with an answer or still open. */
  checkpoints: Checkpoint[]
}

export const answersByCode = (answers: readonly Answer[]): Map<string, Answer> => new Map(answers.map((answer) => [answer.checkpoint, answer]))

/** The stages with the checkpoints asked of this visit, in the order of the checklist. */
export function stagesAsked(checklist: Checklist, answers: ReadonlyMap<string, Answer>, open: readonly string[]): StageAnswers[] {
  const asked = (code: string): boolean => answers.has(code) || open.includes(code)
  const stages = checklist.stages.map((stage) => ({ stage, checkpoints: stage.checkpoints.filter((one) => asked(one.code)) }))
  return stages.filter((one) => one.checkpoints.length > 0)
}

/** The raw value of a numeric or choice answer in words; empty for plain ones. */
export function valueText(checkpoint: Checkpoint, answer: Answer | undefined): string {
  const value = answer?.value
  if (value === null || value === undefined) return ''
  if (checkpoint.answer.type === 'number') return `${count(Number(value))} ${t(`unit.${checkpoint.answer.unit}`)}`
  if (checkpoint.answer.type !== 'single_choice') return String(value)
  return inLocale(checkpoint.answer.options.find((option) => option.value === value)?.label) || String(value)
}

export interface ScoreLine {
  code: string
  title: string
  weight: number
  result: Result
  /** What the line adds to the earned weight; null where it is out of the score. */
  earned: number | null
}

/** The equation's lines: each answered checkpoint with its weight and what it earned. */
export function scoreLines(stages: readonly StageAnswers[], answers: ReadonlyMap<string, Answer>): ScoreLine[] {
  return stages.flatMap(({ checkpoints }) =>
    checkpoints.flatMap((checkpoint) => {
      const result = answers.get(checkpoint.code)?.result
      if (!result) return []
      const earned = result === 'na' ? null : result === 'pass' ? checkpoint.weight : 0
      return [{ code: checkpoint.code, title: inLocale(checkpoint.title), weight: checkpoint.weight, result, earned }]
    }),
  )
}

type Named = string | { name: string } | null | undefined
/** The person's name in whichever form the answer gives it. */
export const nameOf = (person: Named): string => (typeof person === 'string' ? person : person?.name) ?? '–'

const labelOf = (key: string): string => (has(`script.${key}`) ? t(`script.${key}`) : key)

/** A scenario as label and text; its fields are the planner's own, so unknown ones keep their names. */
export function scriptLines(script: Script): [string, string][] {
  if (!script) return []
  if (typeof script === 'string') return [[t('visit.script'), script]]
  return Object.entries(script).filter(([, value]) => value !== null && value !== '').map(([key, value]) => [labelOf(key), typeof value === 'object' ? JSON.stringify(value) : String(value)])
}

export interface WaiverGroup {
  line: WaiverLine
  /** Codes of checkpoints; null stands for a file. */
  places: (string | null)[]
}

/** Waivers given by one person for one reason, together: a long list says no more than its reason. */
export function groupedWaivers(waivers: readonly WaiverLine[]): WaiverGroup[] {
  const groups = new Map<string, WaiverGroup>()
  for (const line of waivers) {
    const key = [line.reason, nameOf(line.person), line.at].join('\n')
    const group = groups.get(key) ?? { line, places: [] }
    group.places.push(line.checkpoint)
    groups.set(key, group)
  }
  return [...groups.values()].map((group) => ({ ...group, places: [...group.places].sort() }))
}

/** One piece of work as a list of items with what each still lacks: the first submission, a return or the follow-up. */
import type { Answer, Checklist, VisitRow } from '@/shared/api/types'
import { itemsFor } from './checklist'
import type { Item } from './checklist'
import { holesOf, isAbsence } from './completeness'
import type { Hole, KindById } from './completeness'
import { resultOf } from './judging'

export type SheetKind = 'submission' | 'follow_up' | 'return'

/** The items this piece of work asks. */
export function itemsOf(checklist: Checklist, visit: VisitRow, kind: SheetKind): Item[] {
  const items = itemsFor(checklist, visit.method)
  if (kind === 'submission') return items
  const asked = new Set(kind === 'return' ? visit.return?.checkpoints.map(({ checkpoint }) => checkpoint) : visit.open_items)
  return items.filter(({ checkpoint }) => asked.has(checkpoint.code))
}

export interface CheckedItem extends Item {
  holes: Hole[]
  /** May still come within seven days of our receipt: does not hold up the first submission. */
  mayFollow: boolean
  isAbsence: boolean
}

type Answers = ReadonlyMap<string, Answer>

/** Every item with what it lacks. */
export function check(checklist: Checklist, items: Item[], answers: Answers, kinds: KindById, kind: SheetKind): CheckedItem[] {
  return items.map((item) => {
    const answer = answers.get(item.checkpoint.code)
    const holes = holesOf(checklist, item.checkpoint, answer, kinds)
    const mayFollow = kind === 'submission' && item.capture === 'after_visit' && holes.length > 0
    return { ...item, holes, mayFollow, isAbsence: isAbsence(checklist, item.checkpoint, answer, kinds) }
  })
}

export interface Tally {
  total: number
  complete: number
  missingAnswers: number
  missingEvidence: number
  missingOther: number
  mayFollow: number
}

const lacks = (item: CheckedItem, ...codes: Hole['code'][]): boolean => !item.mayFollow && item.holes.some(({ code }) => codes.includes(code))

/** The counts a person reads: what is done, what is missing, what may follow. */
export function tally(items: CheckedItem[]): Tally {
  return {
    total: items.length,
    complete: items.filter(({ holes }) => holes.length === 0).length,
    missingAnswers: items.filter((item) => lacks(item, 'answer', 'range')).length,
    missingEvidence: items.filter((item) => lacks(item, 'evidence')).length,
    missingOther: items.filter((item) => lacks(item, 'na_comment', 'na_not_allowed')).length,
    mayFollow: items.filter(({ mayFollow }) => mayFollow).length,
  }
}

export const isSubmittable = ({ missingAnswers, missingEvidence, missingOther }: Tally): boolean =>
  missingAnswers + missingEvidence + missingOther === 0

/** Items that go into the document: what may follow later stays out until it is complete. */
export const sentItems = (items: CheckedItem[]): CheckedItem[] => items.filter(({ mayFollow }) => !mayFollow)

/** The next item after `code` that lacks something, going round once; null when nothing is missing. */
export function nextOpen(items: CheckedItem[], code: string | null, direction: 1 | -1 = 1): string | null {
  const start = items.findIndex(({ checkpoint }) => checkpoint.code === code)
  const from = start === -1 && direction === -1 ? items.length : start
  for (let moved = 1; moved <= items.length; moved += 1) {
    const item = items[(from + direction * moved + 2 * items.length) % items.length]
    if (item && item.holes.length > 0 && item.checkpoint.code !== code) return item.checkpoint.code
  }
  return null
}

/** Whether the answer holds a result now. */
export const isAnswered = (item: Item, answers: Answers): boolean => resultOf(item.checkpoint, answers.get(item.checkpoint.code)) !== null

/** One piece of work as a list of items with what each still lacks: the first submission, a return or the follow-up. */
import type { Answer, Checklist, VisitRow } from '@/shared/api/types'
import { itemsFor } from './checklist'
import type { Item } from './checklist'
import { examineDraft } from './completeness'
import type { Examined, KindById } from './completeness'

export type SheetKind = 'submission' | 'follow_up' | 'return'

/** The items this piece of work asks. */
export function itemsOf(checklist: Checklist, visit: VisitRow, kind: SheetKind): Item[] {
  const items = itemsFor(checklist, visit.method)
  if (kind === 'submission') return items
  const asked = new Set(kind === 'return' ? visit.return?.checkpoints.map(({ checkpoint }) => checkpoint) : visit.open_items)
  return items.filter(({ checkpoint }) => asked.has(checkpoint.code))
}

export interface CheckedItem extends Item, Examined {
  /** May still come within seven days of our receipt: does not hold up the first submission. */
  mayFollow: boolean
}

type Answers = ReadonlyMap<string, Answer>

/** Every item with what it lacks. */
export const check = (checklist: Checklist, items: Item[], answers: Answers, kinds: KindById, kind: SheetKind): CheckedItem[] =>
  items.map((item) => checkItem(checklist, item, answers.get(item.checkpoint.code), kinds, kind))

function checkItem(checklist: Checklist, item: Item, answer: Answer | undefined, kinds: KindById, kind: SheetKind): CheckedItem {
  const examined = examineDraft(checklist, item.checkpoint, answer, kinds)
  const mayFollow = kind === 'submission' && item.capture === 'after_visit' && examined.faults.length > 0
  return { ...item, ...examined, mayFollow }
}

/**
 * As `check`, remembering what it found: an item whose answer is the same object keeps its own object, so that a screen of
 * many items draws anew only the one that was answered.
 */
export function rememberingCheck(checklist: Checklist, items: Item[], kinds: KindById, kind: SheetKind): (answers: Answers) => CheckedItem[] {
  const known = new Map<string, { answer: Answer | undefined; checked: CheckedItem }>()
  return (answers) =>
    items.map((item) => {
      const { code } = item.checkpoint
      const [before, answer] = [known.get(code), answers.get(code)]
      if (before && before.answer === answer) return before.checked
      const checked = checkItem(checklist, item, answer, kinds, kind)
      known.set(code, { answer, checked })
      return checked
    })
}

type Lack = 'answer' | 'evidence' | 'word'

/** What kind of thing a fault asks for: an answer, a proof, or a word from the person. */
export function lackOf(code: string): Lack {
  if (code.startsWith('evidence-')) return 'evidence'
  return code.startsWith('na-') || code === 'photos-only' ? 'word' : 'answer'
}

export interface Tally {
  total: number
  complete: number
  missingAnswers: number
  missingEvidence: number
  missingOther: number
  mayFollow: number
}

const lacks = (items: CheckedItem[], lack: Lack): number =>
  items.filter(({ faults, mayFollow }) => !mayFollow && faults.some(({ code }) => lackOf(code) === lack)).length

/** The counts a person reads: what is done, what is missing, what may follow. */
export const tally = (items: CheckedItem[]): Tally => ({
  total: items.length,
  complete: items.filter(({ faults }) => faults.length === 0).length,
  missingAnswers: lacks(items, 'answer'),
  missingEvidence: lacks(items, 'evidence'),
  missingOther: lacks(items, 'word'),
  mayFollow: items.filter(({ mayFollow }) => mayFollow).length,
})

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
    if (item && item.faults.length > 0 && item.checkpoint.code !== code) return item.checkpoint.code
  }
  return null
}

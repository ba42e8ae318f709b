/** Changing answers: written first, shown after; a tap can be undone for ten seconds. */
import { onScopeDispose, shallowRef } from 'vue'
import type { Ref } from 'vue'
import type { Answer, Result } from '@/shared/api/types'
import { resultOf } from '../../domain/judging'
import type { CheckedItem } from '../../domain/sheet'
import { changeAnswer, restoreAnswerOf } from '../../store/drafts'
import type { AnswerRecord } from '../../store/records'
import type { SheetContent } from '../../store/sheets'
import type { Content } from './useContent'

const UNDO_MS = 10_000

export interface LastChange {
  checkpoint: string
  before: AnswerRecord | null
  /** What it was answered with, or null while the number is not one that can be judged. */
  result: Result | null
}

/** Keeps the last change for as long as it may be undone. */
function useLastChange() {
  const lastChange = shallowRef<LastChange | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  const remember = (change: LastChange): void => {
    lastChange.value = change
    clearTimeout(timer)
    timer = setTimeout(() => (lastChange.value = null), UNDO_MS)
  }
  onScopeDispose(() => clearTimeout(timer))
  return { lastChange, remember }
}

export function useAnswers(sheet: Ref<SheetContent | null>, items: Ref<CheckedItem[]>, open: Ref<string | null>, show: Content['show']) {
  const { lastChange, remember } = useLastChange()

  const resultAfter = (code: string, { result = null, value = null }: Partial<Answer>): Result | null => {
    const item = items.value.find(({ checkpoint }) => checkpoint.code === code)
    return item ? resultOf(item.checkpoint, { result, value }) : null
  }

  /** Writes a change to one answer. Every answer can be undone, a number as a whole and not digit by digit; words undo themselves. */
  async function change(checkpoint: string, fields: Partial<Answer>): Promise<void> {
    const draftId = sheet.value?.draft?.id
    if (!draftId) return
    const { before, written } = await changeAnswer(draftId, checkpoint, fields)
    show(checkpoint, written)
    if (!('value' in fields)) return
    const last = lastChange.value
    const goesOn = typeof fields.value === 'number' && last?.checkpoint === checkpoint
    remember({ checkpoint, before: goesOn ? last.before : before, result: resultAfter(checkpoint, fields) })
  }

  async function undo(): Promise<void> {
    const [last, draftId] = [lastChange.value, sheet.value?.draft?.id]
    if (!last || !draftId) return
    lastChange.value = null
    open.value = last.checkpoint
    await restoreAnswerOf(draftId, last.checkpoint, last.before)
    show(last.checkpoint, last.before)
  }

  return { lastChange, change, undo }
}

/** Changing answers: written first, shown after; a tap can be undone for ten seconds. */
import { onScopeDispose, shallowRef } from 'vue'
import type { Ref } from 'vue'
import type { Answer, Result } from '@/shared/api/types'
import { resultOf } from '../../domain/judging'
import type { CheckedItem } from '../../domain/sheet'
import { changeAnswer, restoreAnswerOf } from '../../store/drafts'
import type { AnswerRecord } from '../../store/records'
import type { SheetContent } from '../../store/sheets'

const UNDO_MS = 10_000

export interface LastChange {
  checkpoint: string
  before: AnswerRecord | null
  result: Result
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

export function useAnswers(sheet: Ref<SheetContent | null>, items: Ref<CheckedItem[]>, open: Ref<string | null>) {
  const { lastChange, remember } = useLastChange()

  const tapped = (code: string, { result = null, value = null }: Partial<Answer>): Result | null => {
    const item = items.value.find(({ checkpoint }) => checkpoint.code === code)
    return item && typeof value !== 'number' ? resultOf(item.checkpoint, { result, value }) : null
  }

  /** Writes a change to one answer. Typing undoes itself; a tap on a result or a choice is remembered. */
  async function change(checkpoint: string, fields: Partial<Answer>): Promise<void> {
    const draftId = sheet.value?.draft?.id
    if (!draftId) return
    const before = await changeAnswer(draftId, checkpoint, fields)
    const result = tapped(checkpoint, fields)
    if (result) remember({ checkpoint, before, result })
  }

  async function undo(): Promise<void> {
    const [last, draftId] = [lastChange.value, sheet.value?.draft?.id]
    if (!last || !draftId) return
    lastChange.value = null
    open.value = last.checkpoint
    await restoreAnswerOf(draftId, last.checkpoint, last.before)
  }

  return { lastChange, change, undo }
}

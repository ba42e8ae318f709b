/** The sheet being filled: what is asked, how far it is, which item is open, and the verbs that change it. */
import { computed, ref } from 'vue'
import type { Ref } from 'vue'
import type { Answer } from '@/shared/api/types'
import { buzz } from '../../discreet/buzz'
import { itemsOf, nextOpen, rememberingCheck, tally } from '../../domain/sheet'
import type { CheckedItem } from '../../domain/sheet'
import type { SheetContent } from '../../store/sheets'
import { useAnswers } from './useAnswers'
import { useContent } from './useContent'
import type { Content } from './useContent'
import { useFiles } from './useFiles'
import { useMovingOn } from './useMovingOn'

export interface StageProgress {
  code: string
  title: CheckedItem['stage']['title']
  complete: number
  total: number
}

function progressOf(items: CheckedItem[]): StageProgress[] {
  const found = new Map<string, StageProgress>()
  for (const { stage, faults } of items) {
    const known = found.get(stage.code) ?? { code: stage.code, title: stage.title, complete: 0, total: 0 }
    found.set(stage.code, { ...known, total: known.total + 1, complete: known.complete + Number(faults.length === 0) })
  }
  return [...found.values()]
}

type Parts = Pick<Content, 'frame' | 'kinds'>

function useItems(sheet: Ref<SheetContent | null>, parts: Parts) {
  const kind = computed(() => sheet.value?.kind ?? 'submission')
  const checked = computed(() => {
    const [frame, kinds] = [parts.frame.value, parts.kinds.value]
    return frame && rememberingCheck(frame.checklist, itemsOf(frame.checklist, frame.visit, kind.value), kinds, kind.value)
  })
  const items = computed<CheckedItem[]>(() => (sheet.value && checked.value ? checked.value(sheet.value.answers) : []))
  return { kind, items, stages: computed(() => progressOf(items.value)), counts: computed(() => tally(items.value)) }
}

export function useSheet(visitId: string) {
  const { sheet, isReady, show, ...parts } = useContent(visitId)
  const open = ref<string | null>(null)
  const content = useItems(sheet, parts)
  const openItem = computed(() => content.items.value.find(({ checkpoint }) => checkpoint.code === open.value) ?? null)
  const move = (direction: 1 | -1): void => void (open.value = nextOpen(content.items.value, open.value, direction) ?? open.value)
  const answers = useAnswers(sheet, content.items, open, show)
  const { moveOnWhenComplete } = useMovingOn(content.items, open, () => move(1))

  /** Answers an item by a tap or a key, and goes on when that completes it. */
  async function answer(checkpoint: string, fields: Partial<Answer>): Promise<void> {
    buzz()
    await answers.change(checkpoint, fields)
    // A number is complete after its first digit: moving on would take the field away while it is typed.
    if (typeof fields.value !== 'number') moveOnWhenComplete(checkpoint)
  }

  return { ...content, sheet, isReady, open, openItem, move, ...answers, ...useFiles(sheet), moveOnWhenComplete, answer }
}

export type FillSheet = ReturnType<typeof useSheet>

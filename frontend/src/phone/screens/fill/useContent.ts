/**
 * The content of a visit's work, followed part by part: an answer that changes makes nothing else be read again, so that a
 * tap stays quick with sixty pictures on the visit, and the pictures on the screen stay the same objects.
 */
import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import { useLive } from '../../store/live'
import { contentOf, readFiles, readFrame, readWork } from '../../store/sheets'
import type { SheetContent, SheetFiles, SheetFrame, SheetWork } from '../../store/sheets'

export interface Content {
  sheet: ComputedRef<SheetContent | null>
  /** False until every part is known. */
  isReady: ComputedRef<boolean>
}

export function useContent(visitId: string): Content {
  const frame = useLive<SheetFrame | null>(() => readFrame(visitId), null)
  const id = computed(() => frame.data.value?.id)
  const work = useLive<SheetWork | null>(() => (id.value ? readWork(visitId, id.value) : null), null, [id])
  const files = useLive<SheetFiles | null>(() => readFiles(visitId), null)

  const sheet = computed(() => {
    const [head, middle, rest] = [frame.data.value, work.data.value, files.data.value]
    return head && rest && middle?.id === head.id ? contentOf(head, middle, rest) : null
  })
  const isReady = computed(() => frame.isReady.value && (frame.data.value === null || sheet.value !== null))
  return { sheet, isReady }
}

/** Goes on to the next open item by itself once the item just touched is complete. */
import { onScopeDispose, watch } from 'vue'
import type { Ref } from 'vue'
import type { CheckedItem } from '../../domain/sheet'
import { movesOn } from '../../store/device'

/** Long enough to see the answer take its colour. */
const PAUSE_MS = 250
/** How long after the pause a slow phone may still bring the news that the item is complete. */
const PATIENCE_MS = 1_500

export function useMovingOn(items: Ref<CheckedItem[]>, open: Ref<string | null>, goOn: () => void) {
  let waiting: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const forget = (): void => {
    clearTimeout(timer)
    waiting = null
  }

  const goOnWhenComplete = (): void => {
    const item = items.value.find(({ checkpoint }) => checkpoint.code === waiting)
    if (!item || item.faults.length > 0 || open.value !== waiting) return
    forget()
    goOn()
  }

  /** Call after the write that may complete the item. */
  function moveOnWhenComplete(code: string): void {
    forget()
    if (!movesOn.value) return
    timer = setTimeout(() => {
      waiting = code
      timer = setTimeout(forget, PATIENCE_MS)
      goOnWhenComplete()
    }, PAUSE_MS)
  }

  watch(items, goOnWhenComplete)
  // Whoever opens another item meanwhile has moved on already.
  watch(open, forget)
  onScopeDispose(forget)
  return { moveOnWhenComplete }
}

/** Goes on to the next open item by itself once the item just touched is complete. */
import { onScopeDispose, watch } from 'vue'
import type { Ref } from 'vue'
import type { CheckedItem } from '../../domain/sheet'
import { movesOn } from '../../store/device'

/** Long enough to see the answer take its colour, and for the database to tell the screen of it. */
const PAUSE_MS = 250

export function useMovingOn(items: Ref<CheckedItem[]>, open: Ref<string | null>, goOn: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined

  const goOnFrom = (code: string): void => {
    const item = items.value.find(({ checkpoint }) => checkpoint.code === code)
    if (item && item.faults.length === 0 && open.value === code) goOn()
  }

  /** Call after the write that may complete the item. */
  function moveOnWhenComplete(code: string): void {
    clearTimeout(timer)
    if (movesOn.value) timer = setTimeout(() => goOnFrom(code), PAUSE_MS)
  }

  // Whoever opens another item meanwhile has moved on already.
  watch(open, () => clearTimeout(timer))
  onScopeDispose(() => clearTimeout(timer))
  return { moveOnWhenComplete }
}

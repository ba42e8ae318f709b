/** Where the person is after leaving the store, followed live. */
import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import { afterwardsOf } from '../domain/afterwards'
import type { Afterwards } from '../domain/afterwards'
import { standingSince } from '../store/keptWords'
import { useLive } from '../store/live'
import type { SheetContent } from '../store/sheets'

export function useAfterwards(visitId: string, sheet: () => SheetContent | null): ComputedRef<Afterwards> {
  const { data: since } = useLive(() => standingSince(visitId), null)
  return computed(() => afterwardsOf(sheet()?.draft?.marks ?? [], since.value, Date.now()))
}

/** A keyset-paged list of the API, one page at a time: forward by its cursor, back over the cursors already passed. */
import { computed, ref, watch } from 'vue'
import type { ComputedRef, Ref } from 'vue'
import type { Page } from '@/shared/api/client'
import { useLoad } from './useLoad'
import type { Load } from './useLoad'

export interface Pages<T> extends Load<Page<T>> {
  items: ComputedRef<T[]>
  /** Number of the page shown, from 1. */
  number: ComputedRef<number>
  hasNext: ComputedRef<boolean>
  next: () => void
  previous: () => void
}

/** `filters` says which list this is; when it changes the first page is read again. */
export function usePages<T>(read: (after: string | null, signal: AbortSignal) => Promise<Page<T>>, filters: () => unknown): Pages<T> {
  const cursors: Ref<(string | null)[]> = ref([null])
  const load = useLoad((signal) => read(cursors.value.at(-1) ?? null, signal))
  const go = (to: (string | null)[]): void => {
    cursors.value = to
    void load.reload()
  }
  watch(() => JSON.stringify(filters()), () => go([null]))
  const following = computed(() => load.data.value?.next ?? null)
  return {
    ...load,
    items: computed(() => load.data.value?.items ?? []),
    number: computed(() => cursors.value.length),
    hasNext: computed(() => following.value !== null),
    next: () => { if (following.value) go([...cursors.value, following.value]) },
    previous: () => { if (cursors.value.length > 1) go(cursors.value.slice(0, -1)) },
  }
}

/** A database query as a Vue ref that follows every change, also those made in another tab. */
import { liveQuery } from 'dexie'
import { onScopeDispose, shallowRef, watch } from 'vue'
import type { ShallowRef, WatchSource } from 'vue'

export interface Live<T> {
  data: ShallowRef<T>
  /** False until the first answer, so that "nothing" is never shown before it is known. */
  isReady: ShallowRef<boolean>
}

/** Follows `query`; asks anew when one of `sources` changes. Ends with the component. */
export function useLive<T>(query: () => Promise<T> | T, initial: T, sources: WatchSource[] = []): Live<T> {
  const data = shallowRef(initial)
  const isReady = shallowRef(false)
  const take = (value: T): void => {
    data.value = value
    isReady.value = true
  }
  const follow = () => liveQuery(query).subscribe({ next: take, error: (error) => console.error(error) })
  let subscription = follow()
  if (sources.length)
    watch(sources, () => {
      subscription.unsubscribe()
      subscription = follow()
    })
  onScopeDispose(() => subscription.unsubscribe())
  return { data, isReady }
}

/** A database query as a Vue ref that follows every change, also those made in another tab, and across a database that was closed. */
import { liveQuery } from 'dexie'
import { onScopeDispose, shallowRef, watch } from 'vue'
import type { ShallowRef, WatchSource } from 'vue'

export interface Live<T> {
  data: ShallowRef<T>
  /** False until the first answer, so that "nothing" is never shown before it is known. */
  isReady: ShallowRef<boolean>
}

/** A query that failed is asked again after this; the database is open again by then, or the next time. */
const AGAIN_MS = 500

/** Follows `query`; asks anew when one of `sources` changes. Ends with the component. */
export function useLive<T>(query: () => Promise<T> | T, initial: T, sources: WatchSource[] = []): Live<T> {
  const data = shallowRef(initial)
  const isReady = shallowRef(false)
  const take = (value: T): void => {
    data.value = value
    isReady.value = true
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  const failed = (error: unknown): void => {
    console.error(error)
    timer = setTimeout(() => (subscription = follow()), AGAIN_MS)
  }
  const follow = () => liveQuery(query).subscribe({ next: take, error: failed })
  let subscription = follow()
  const end = (): void => (clearTimeout(timer), subscription.unsubscribe())
  if (sources.length)
    watch(sources, () => {
      end()
      subscription = follow()
    })
  onScopeDispose(end)
  return { data, isReady }
}

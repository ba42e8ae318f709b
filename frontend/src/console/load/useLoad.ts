/** One reading from the API as state: loading, ready or failed; a newer reading makes an older one void. */
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Ref, ShallowRef } from 'vue'

export interface Load<T> {
  /** The last good answer; kept while the next is under way. */
  data: ShallowRef<T | null>
  error: ShallowRef<unknown>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

type Read<T> = (signal: AbortSignal) => Promise<T>

/** Reads at once, and again whenever `source` changes. `fresh` forgets the old answer then: it belongs to another thing. */
export function useLoad<T>(read: Read<T>, source?: () => unknown, fresh = false): Load<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<unknown>(null)
  const loading = ref(false)
  let running = new AbortController()

  async function reload(): Promise<void> {
    running.abort()
    const mine = (running = new AbortController())
    loading.value = true
    error.value = null
    try {
      const answer = await read(mine.signal)
      if (running === mine) data.value = answer
    } catch (problem) {
      if (running === mine && !mine.signal.aborted) error.value = problem
    } finally {
      if (running === mine) loading.value = false
    }
  }

  if (source) watch(source, () => { if (fresh) data.value = null; void reload() })
  onScopeDispose(() => running.abort())
  void reload()
  return { data, error, loading, reload }
}

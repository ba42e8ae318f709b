/** Filters that stand in the address: back works, and a link opens the same view. */
import { computed } from 'vue'
import type { WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** One query parameter as a value; empty takes it out of the address. */
export function useFilter(name: string): WritableComputedRef<string> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => (typeof route.query[name] === 'string' ? (route.query[name] as string) : ''),
    set: (value) => {
      const { [name]: _gone, ...others } = route.query
      void router.replace({ query: value ? { ...others, [name]: value } : others, hash: route.hash })
    },
  })
}

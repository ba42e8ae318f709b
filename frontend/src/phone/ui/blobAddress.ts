/** An address under which the page can show a blob, given back when the component ends. */
import { onScopeDispose, shallowRef, watch } from 'vue'
import type { ShallowRef } from 'vue'

export function useBlobAddress(blob: () => Blob | null): ShallowRef<string | null> {
  const address = shallowRef<string | null>(null)
  const release = (): void => {
    if (address.value) URL.revokeObjectURL(address.value)
    address.value = null
  }
  watch(blob, (now) => {
    release()
    if (now) address.value = URL.createObjectURL(now)
  }, { immediate: true })
  onScopeDispose(release)
  return address
}

/** Whether the phone is on mobile data, where it says so (Chrome on Android); elsewhere videos simply go last. */
import { onScopeDispose, ref, watch } from 'vue'
import type { Ref } from 'vue'
import { videoOnWifi } from '../store/device'

interface Connection extends EventTarget {
  type?: string
}

const connection = (): Connection | undefined => (navigator as { connection?: Connection }).connection

export const isOnMobileData = (): boolean => connection()?.type === 'cellular'

/** Whether this phone says on what network it is at all. */
export const saysNetwork = (): boolean => connection()?.type !== undefined

/** Whether videos wait now, by the person's own setting. */
export const sparesVideos = (): boolean => videoOnWifi.value && isOnMobileData()

/** Calls back when videos may go, or must wait, from now on; answers how to end it. */
export function followNetwork(changed: () => void): () => void {
  connection()?.addEventListener('change', changed)
  const end = watch(videoOnWifi, changed)
  return () => (connection()?.removeEventListener('change', changed), end())
}

/** `sparesVideos` as a ref of the component. */
export function useSparesVideos(): Ref<boolean> {
  const spares = ref(sparesVideos())
  onScopeDispose(followNetwork(() => (spares.value = sparesVideos())))
  return spares
}

/** How much room the phone gives us, and from when on the person should know that it is getting short. */
import { ref, shallowRef } from 'vue'

export interface Room {
  used: number
  quota: number
  free: number
}

export type RoomLevel = 'enough' | 'short' | 'out'

/** About ten minutes of film, or a visit's photos twice over: time enough to upload or to tidy up. */
const SHORT_BYTES = 600_000_000
/** Below this the next clip may not fit. */
const OUT_BYTES = 60_000_000

export const levelOf = ({ free }: Room): RoomLevel => (free < OUT_BYTES ? 'out' : free < SHORT_BYTES ? 'short' : 'enough')

/** What the browser said last; null where it does not say. */
export const room = shallowRef<Room | null>(null)

/** Whether the browser promised not to clear our storage when the phone runs low; null before it was asked. */
export const isProtected = ref<boolean | null>(null)

/** Asks anew: after captures and uploads, and whenever a screen shows it. */
export async function measureRoom(): Promise<Room | null> {
  const { quota, usage = 0 } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {}
  room.value = quota === undefined ? null : { used: usage, quota, free: Math.max(0, quota - usage) }
  isProtected.value = (await navigator.storage?.persisted?.().catch(() => null)) ?? null
  return room.value
}

/** Asks the browser not to clear our storage; some ask the person, so this belongs to a moment at which they see why. */
export async function keepStorage(): Promise<boolean> {
  const promised = (await navigator.storage?.persist?.().catch(() => false)) ?? false
  isProtected.value = promised
  return promised
}

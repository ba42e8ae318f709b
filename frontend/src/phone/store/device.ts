/** This device: its id, and the choices kept on it. */
import { v7 as uuidv7 } from 'uuid'
import { ref, watch } from 'vue'
import type { Ref } from 'vue'

/** A new id, ordered by time. */
export const newId = (): string => uuidv7()

/** The id by which the server knows this device's drafts; made once. */
export function deviceId(): string {
  const known = localStorage.getItem('mingcha.device')
  if (known) return known
  const fresh = newId()
  localStorage.setItem('mingcha.device', fresh)
  return fresh
}

/** A yes-or-no choice that stays on this device. */
function choice(key: string, initial: boolean): Ref<boolean> {
  const stored = localStorage.getItem(key)
  const value = ref(stored === null ? initial : stored === '1')
  watch(value, (now) => localStorage.setItem(key, now ? '1' : '0'))
  return value
}

/** Go to the next item when one is complete. */
export const movesOn = choice('mingcha.movesOn', true)

/** Dark and quiet, with the answers under the thumb and a neutral page one tap away. */
export const discreet = choice('mingcha.discreet', false)

/** A short vibration after a tap. */
export const vibrates = choice('mingcha.vibrates', false)

/** Videos wait for Wi-Fi, where the phone says on what network it is. */
export const videoOnWifi = choice('mingcha.videoOnWifi', true)

/** Bytes still free for us, or null where the browser does not say. */
export async function freeBytes(): Promise<number | null> {
  const estimate = await navigator.storage?.estimate?.()
  return estimate?.quota === undefined ? null : estimate.quota - (estimate.usage ?? 0)
}

/** What every capture record says of the device it was made with. */
export const captureDevice = (): Record<string, unknown> => ({ id: deviceId(), user_agent: navigator.userAgent })

/** What the submission says of the device. */
export const deviceFacts = (): Record<string, unknown> => ({
  id: deviceId(),
  user_agent: navigator.userAgent,
  language: navigator.language,
  screen: `${window.screen.width}x${window.screen.height}`,
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
})

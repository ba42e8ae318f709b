/** A touch felt in the hand after a tap; only for people who want it, for it can be heard. */
import { vibrates } from '../store/device'

const SHORT_MS = 12

export function buzz(): void {
  if (vibrates.value) navigator.vibrate?.(SHORT_MS)
}

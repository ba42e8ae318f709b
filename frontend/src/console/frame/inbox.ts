/** How many messages wait to be read: asked for now and then while somebody looks, and after each change. */
import { ref } from 'vue'
import { countUnread } from '../api/subscriptions'

const EVERY_MS = 60_000
// Signing in alone changes the address three times.
const APART_MS = 3_000

export const unread = ref(0)
let timer: ReturnType<typeof setInterval> | undefined
let askedAt = 0

/** Asks once; without network the last count stays. */
export async function refreshUnread(): Promise<void> {
  askedAt = Date.now()
  const found = await countUnread().catch(() => null)
  if (found) unread.value = found.unread
}

const look = (): void => {
  if (document.visibilityState === 'visible') void refreshUnread()
}

/** Asks on the way to another page, unless that was just done; of nobody before `watchInbox`. */
export function glanceAtInbox(): void {
  if (timer !== undefined && Date.now() - askedAt >= APART_MS) void refreshUnread()
}

/** Begins to ask for whoever is signed in now. */
export function watchInbox(): void {
  forgetInbox()
  look()
  timer = setInterval(look, EVERY_MS)
  document.addEventListener('visibilitychange', look)
}

export function forgetInbox(): void {
  clearInterval(timer)
  timer = undefined
  document.removeEventListener('visibilitychange', look)
  unread.value = 0
}

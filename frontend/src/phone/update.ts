/**
 * A new version of the app: fetched beside the one that runs, and taken only by the person's own tap. Until then the old
 * one goes on from its own kept files, also without network; what was filled in is in the database and stays there.
 */
import { ref } from 'vue'
import { TAKE_OVER } from './takeOver'

/** A newer version is on the phone and waits, or another tab has taken it already. */
export const isUpdateReady = ref(false)

const LOOK_AGAIN_MS = 60 * 60_000
// A version takes over at once, unless the old one is still at an answer that does not end; a page that loads ends that.
const TAKE_OVER_MS = 3_000
let waiting: ServiceWorker | null = null
let isTaking = false

function note({ waiting: found }: ServiceWorkerRegistration): void {
  // Without a controller this is the first visit, and what waits is the first version.
  if (!found || !navigator.serviceWorker.controller) return
  waiting = found
  isUpdateReady.value = true
}

function follow(registration: ServiceWorkerRegistration): void {
  note(registration)
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', () => note(registration))
  })
  const look = (): void => void registration.update().catch(() => undefined)
  setInterval(look, LOOK_AGAIN_MS)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look())
}

/** Registers the service worker. Without one the app still works; it only cannot be opened offline. */
export function followUpdates(): void {
  if (!('serviceWorker' in navigator)) return
  const had = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (isTaking) location.reload()
    else if (had) isUpdateReady.value = true
  })
  navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' }).then(follow, () => undefined)
}

/** The person wants the new version: it takes over, then the page opens anew. */
export function takeUpdate(): void {
  isTaking = true
  if (waiting?.state !== 'installed') return location.reload()
  waiting.postMessage(TAKE_OVER)
  setTimeout(() => location.reload(), TAKE_OVER_MS)
}

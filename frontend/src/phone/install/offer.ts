/** The browser's own offer to install the app, kept for the moment in which a person asks for it. */
import { computed, ref, shallowRef } from 'vue'
import { placeOf } from './place'

interface InstallOffer extends Event {
  prompt: () => Promise<unknown>
}

const DISMISSED = 'mingcha.install-dismissed'
const offer = shallowRef<InstallOffer | null>(null)
const isInstalled = ref(false)
const isDismissed = ref(false)

const isStandalone = (): boolean =>
  window.matchMedia('(display-mode: standalone)').matches || ('standalone' in navigator && navigator.standalone === true)

export const place = computed(() =>
  placeOf({
    userAgent: navigator.userAgent,
    touchPoints: navigator.maxTouchPoints,
    isStandalone: isInstalled.value,
    keepsItself: 'serviceWorker' in navigator,
    isOffered: offer.value !== null,
  }),
)

/** What the home screen says about it, or null. */
export const hint = computed(() => (isDismissed.value || place.value === 'installed' || place.value === 'tab' ? null : place.value))

/** Listens for the offer, which comes once and soon after the start. */
export function watchForOffer(): void {
  isInstalled.value = isStandalone()
  isDismissed.value = localStorage.getItem(DISMISSED) !== null
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offer.value = event as InstallOffer
  })
  window.addEventListener('appinstalled', () => (isInstalled.value = true))
}

export async function install(): Promise<void> {
  await offer.value?.prompt()
  offer.value = null
}

export function dismiss(): void {
  localStorage.setItem(DISMISSED, '1')
  isDismissed.value = true
}

/**
 * The neutral page in front of everything: comes with one tap, goes with one tap or the phone's own "back". What lies under
 * it stays as it is (a file being chosen, a half-typed word, a recording), it is only not shown.
 */
import { nextTick, ref } from 'vue'
import { discreet } from '../store/device'

const PATH = '/m/note'
const TAP_MS = 350
const PICKER_MS = 2_000

export const isCovered = ref(false)

let scrolled = 0
let pickerOpenedAt = -Infinity

const isOurs = (state: unknown): boolean => Boolean((state as { cover?: boolean } | null)?.cover)

function show(covered: boolean): void {
  if (covered === isCovered.value) return
  if (covered) scrolled = window.scrollY
  isCovered.value = covered
  document.documentElement.classList.toggle('is-covered', covered)
  if (!covered) void nextTick(() => window.scrollTo({ top: scrolled }))
}

/** Puts the page in front, under an address of its own that says nothing. */
export function cover(): void {
  if (isCovered.value) return
  ;(document.activeElement as HTMLElement | null)?.blur()
  history.pushState({ ...history.state, cover: true }, '', PATH)
  show(true)
}

/** Takes the page away again. */
export function uncover(): void {
  if (isOurs(history.state)) history.back()
  else show(false)
}

/** Two fingers put down and lifted at once: the way to the page that needs no button. */
function followTwoFingers(): void {
  let since = -Infinity
  document.addEventListener('touchstart', ({ touches, timeStamp }) => (since = touches.length === 2 ? timeStamp : -Infinity), { passive: true })
  document.addEventListener('touchmove', () => (since = -Infinity), { passive: true })
  document.addEventListener('touchend', ({ touches, timeStamp }) => {
    if (!discreet.value || touches.length > 1 || timeStamp - since > TAP_MS) return
    since = -Infinity
    if (isCovered.value) uncover()
    else cover()
  }, { passive: true })
}

// Opening the camera or the gallery hides our page as well: whoever comes back with a picture goes on where they were.
function followLeaving(): void {
  document.addEventListener('click', ({ target, timeStamp }) => {
    if (target instanceof HTMLInputElement && target.type === 'file') pickerOpenedAt = timeStamp
  }, { capture: true })
  document.addEventListener('visibilitychange', ({ timeStamp }) => {
    if (document.visibilityState === 'hidden' && discreet.value && timeStamp - pickerOpenedAt > PICKER_MS) cover()
  })
}

/** Call once, before the router starts: an app that was reloaded behind the page opens behind it. */
export function startCover(): void {
  window.addEventListener('popstate', ({ state }) => show(isOurs(state)))
  followTwoFingers()
  followLeaving()
  if (location.pathname === PATH) show(true)
}

/** The phone app: theme, language, who is signed in, the person's own database, the outbox; then it mounts. */
import { createApp, watch } from 'vue'
import { i18n, setLocale, startI18n, LOCALES } from '@/shared/i18n'
import type { Locale } from '@/shared/i18n'
import { loadSession, recall, session, startSession } from '@/shared/session'
import { startTheme } from '@/shared/theme'
import 'vant/es/style/base.css'
import 'vant/es/overlay/index.css'
import 'vant/es/popup/index.css'
import 'vant/es/loading/index.css'
import 'vant/es/button/index.css'
import 'vant/es/dialog/index.css'
import 'vant/es/toast/index.css'
import 'vant/es/switch/index.css'
import 'vant/es/pull-refresh/index.css'
import '@/shared/styles/tokens.css'
import '@/shared/styles/page.css'
import './styles/phone.css'
import App from './App.vue'
import { followNews } from './badge'
import { watchForOffer } from './install/offer'
import { networkBack, startOutbox, stopOutbox } from './outbox'
import { router } from './router'
import { loadConsent } from './store/consent'
import { openDatabase } from './store/database'
import { hasRecordings } from './store/recordings'
import { storageTrouble } from './store/steady'
import { followUpdates } from './update'
import { startCover } from './discreet/cover'

const hasChosenLocale = (): boolean => localStorage.getItem('mingcha.locale') !== null

async function useLocaleOf(person: { locale: string | null }): Promise<void> {
  const locale = LOCALES.find((known) => known === person.locale) as Locale | undefined
  if (locale && !hasChosenLocale()) await setLocale(locale, false)
}

// Sending makes the first screen wait on a slow phone, and can itself wait for it.
const UNTIL_PAINTED = 300
// To keep the whole app for later takes line and processor from the first screen of a phone that does not have it yet.
const UNTIL_SETTLED = 3_000

let endNews: () => void = () => undefined

function begin(): void {
  endNews()
  endNews = followNews(router)
  void startOutbox()
  void keepWhatWasLeft().catch(() => undefined)
}

async function keepWhatWasLeft(): Promise<void> {
  if (await hasRecordings()) await import('./screens/camera/leftOver').then(({ keepLeftOver }) => keepLeftOver())
}

function open(): void {
  endNews()
  endNews = () => undefined
  if (!session.person) return stopOutbox()
  const { id } = session.person
  openDatabase(id)
  void loadConsent()
  void useLocaleOf(session.person)
  setTimeout(() => id === session.person?.id && begin(), UNTIL_PAINTED)
}

// Signing in may have happened in another tab, or the app was opened without network: then who is here is asked again.
async function goOn(): Promise<void> {
  if (session.person && session.status !== 'known') await loadSession(true)
  await networkBack()
}

function followTheNetwork(): void {
  window.addEventListener('online', () => void goOn())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void goOn()
  })
}

// Plain HTTP has no service worker: there at least every screen's code is fetched while the network is there.
function fetchScreensAhead(): void {
  if ('serviceWorker' in navigator || !session.person) return
  for (const { components } of router.getRoutes()) {
    const screen: unknown = components?.default
    if (typeof screen === 'function') void (screen as () => Promise<unknown>)().catch(() => undefined)
  }
}

// A write that failed is told by AppNotices wherever the person is; everything else is a fault of ours.
function tell(error: unknown): void {
  if (!storageTrouble.value) console.error(error)
}

async function start(): Promise<void> {
  watchForOffer()
  startTheme()
  // A 401 changes the session's status; App.vue then asks for sign-in on top of what is open, nothing is left.
  startSession(() => undefined)
  // A phone that was used before opens at once, however slow the line: who is signed in now is known a moment later.
  const isRecalled = recall()
  const known = loadSession(true)
  await startI18n({ 'zh-CN': () => import('texts:phone/zh-CN'), en: () => import('texts:phone/en') })
  if (!isRecalled) await known
  open()
  // The screen is a task of its own, so that a tap on a cheap phone does not wait for all that opening takes.
  await new Promise((done) => setTimeout(done))
  watch(() => [session.person?.id, session.status === 'known'], open)
  followTheNetwork()
  startCover()
  const app = createApp(App).use(i18n).use(router)
  app.config.errorHandler = tell
  app.mount('#app')
  const isKept = 'serviceWorker' in navigator && navigator.serviceWorker.controller
  if (import.meta.env.PROD) setTimeout(followUpdates, isKept ? 0 : UNTIL_SETTLED)
  setTimeout(fetchScreensAhead, UNTIL_SETTLED)
}

void start()

/** The console: starts theme, language and session, then mounts. */
import { createApp } from 'vue'
import 'element-plus/theme-chalk/dark/css-vars.css'
import { i18n, startI18n } from '@/shared/i18n'
import { loadSession, signIn, startSession, takeLinkToken } from '@/shared/session'
import { startTheme } from '@/shared/theme'
import '@/shared/styles/tokens.css'
import '@/shared/styles/page.css'
import './styles/console.css'
import App from './App.vue'
import { fetchFirstPage, router } from './router'

const toSignIn = (): void => {
  const here = router.currentRoute.value
  if (!here.meta.open) void router.push({ name: 'sign-in', query: { next: here.fullPath } })
}

/** Signs in with the link that opened the page, else asks who is here; false for a spent link, which the sign-in page explains. */
async function enter(): Promise<boolean> {
  const link = takeLinkToken()
  if (!link) return loadSession().then(() => true)
  fetchFirstPage()
  if (await signIn({ link }).then(() => true, () => false)) return true
  return loadSession().then(() => false)
}

async function start(): Promise<void> {
  startTheme()
  await startI18n({ 'zh-CN': () => import('texts:console/zh-CN'), en: () => import('texts:console/en') })
  startSession(toSignIn)
  const linkWorked = await enter()
  createApp(App).use(i18n).use(router).mount('#app')
  if (!linkWorked) await router.isReady().then(() => router.push({ name: 'sign-in', query: { spent: '1' } }))
}

void start()

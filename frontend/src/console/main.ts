/** The console: starts theme, language and session, then mounts. */
import { createApp } from 'vue'
import { i18n, startI18n } from '@/shared/i18n'
import { startTheme } from '@/shared/theme'
import '@/shared/styles/tokens.css'
import '@/shared/styles/page.css'
import App from './App.vue'

async function start(): Promise<void> {
  startTheme()
  await startI18n({ 'zh-CN': () => import('./i18n/zh-CN.json'), en: () => import('./i18n/en.json') })
  createApp(App).use(i18n).mount('#app')
}

void start()

/** Set-up of every front-end test: an IndexedDB in memory; and the phone's words for those that ask for them. */
import 'fake-indexeddb/auto'

/** Loads the phone's texts, as its page does; without them `t` answers with the key. */
export async function withTexts(): Promise<void> {
  const { startI18n } = await import('./i18n')
  await startI18n({ 'zh-CN': () => import('texts:phone/zh-CN'), en: () => import('texts:phone/en') })
}

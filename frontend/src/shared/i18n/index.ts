/** Languages: zh-CN first, English complete. Messages of one app are loaded for one language at a time. */
import { nextTick } from 'vue'
import { createI18n } from 'vue-i18n'

export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]
/** One language file: texts by key, nested as deep as the file likes. */
export type Messages = Record<string, unknown>
export type MessageLoader = () => Promise<{ default: Messages }>
export type MessageLoaders = Record<Locale, MessageLoader>

const KEY = 'mingcha.locale'

const shared: MessageLoaders = {
  'zh-CN': () => import('./zh-CN.json'),
  en: () => import('./en.json'),
}

const isLocale = (value: string | null | undefined): value is Locale => LOCALES.includes(value as Locale)

/** The chosen language, else the device's, else Chinese. */
export function preferredLocale(): Locale {
  const stored = localStorage.getItem(KEY)
  if (isLocale(stored)) return stored
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh-CN'
}

/** The one i18n instance of the page; `useI18n()` in components, `t` elsewhere. */
export const i18n = createI18n({ legacy: false, locale: 'zh-CN', fallbackLocale: 'zh-CN', missingWarn: false, fallbackWarn: false })

let appLoaders: MessageLoaders | null = null
const loaded = new Set<Locale>()

async function load(locale: Locale): Promise<void> {
  if (loaded.has(locale)) return
  const parts = await Promise.all([shared[locale](), appLoaders?.[locale]()])
  for (const part of parts) if (part) i18n.global.mergeLocaleMessage(locale, part.default)
  loaded.add(locale)
}

/** The language shown now. */
export const currentLocale = (): Locale => i18n.global.locale.value as Locale

/** Switches the language at once and keeps the choice on this device. */
export async function setLocale(locale: Locale, keep = true): Promise<void> {
  await load(locale)
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
  if (keep) localStorage.setItem(KEY, locale)
  await nextTick()
}

/** Loads the app's first language; call once before mounting, with one loader per language. */
export async function startI18n(loaders: MessageLoaders): Promise<void> {
  appLoaders = loaders
  await setLocale(preferredLocale(), false)
}

/** Translates outside of components; `plural` chooses among the forms of a text that has several. */
export const t = (key: string, values: Record<string, unknown> = {}, plural?: number): string =>
  plural === undefined ? i18n.global.t(key, values) : i18n.global.t(key, values, plural)

/** Text that comes from data in both languages, such as a checkpoint's title. */
export type Bilingual = Partial<Record<Locale, string>>

/** The text in the language shown, else in the other one. */
export const inLocale = (text: Bilingual | null | undefined): string =>
  text?.[currentLocale()] ?? text?.['zh-CN'] ?? text?.en ?? ''

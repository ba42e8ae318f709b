/** Languages: zh-CN first, English complete. Messages of one app are loaded for one language at a time. */
import { nextTick } from 'vue'
import { createI18n } from 'petite-vue-i18n'
import type { LocaleMessageDictionary, VueMessageType } from 'petite-vue-i18n'

export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]
/** One app's texts in one language by dotted key, as `build/languages.ts` makes them ready. */
export type Messages = LocaleMessageDictionary<VueMessageType>
export type MessageLoaders = Record<Locale, () => Promise<{ default: Messages }>>

const KEY = 'mingcha.locale'

const isLocale = (value: string | null | undefined): value is Locale => LOCALES.includes(value as Locale)

/** The chosen language, else the device's, else Chinese. */
export function preferredLocale(): Locale {
  const stored = localStorage.getItem(KEY)
  if (isLocale(stored)) return stored
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh-CN'
}

/** The one i18n instance of the page; `useI18n()` in components, `t` elsewhere. */
export const i18n = createI18n({ legacy: false, locale: 'zh-CN', fallbackLocale: 'zh-CN', missingWarn: false, fallbackWarn: false })

let loaders: MessageLoaders | null = null
const loaded = new Set<Locale>()

async function load(locale: Locale): Promise<void> {
  if (!loaders || loaded.has(locale)) return
  i18n.global.setLocaleMessage(locale, (await loaders[locale]()).default)
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
export async function startI18n(ofApp: MessageLoaders): Promise<void> {
  loaders = ofApp
  await setLocale(preferredLocale(), false)
}

/** Translates outside of components; `plural` chooses among the forms of a text that has several. */
export const t = (key: string, values: Record<string, unknown> = {}, plural?: number): string =>
  plural === undefined ? i18n.global.t(key, values) : i18n.global.t(key, values, plural)

/** Whether there is such a text. */
export const has = (key: string): boolean => key in i18n.global.getLocaleMessage(currentLocale())

/** Text that comes from data in both languages, such as a checkpoint's title. */
export type Bilingual = Partial<Record<Locale, string>>

/** The text in the language shown, else in the other one. */
export const inLocale = (text: Bilingual | null | undefined): string =>
  text?.[currentLocale()] ?? text?.['zh-CN'] ?? text?.en ?? ''

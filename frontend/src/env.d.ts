/// <reference types="vite/client" />
declare const __APP_VERSION__: string

declare module 'element-plus/es/locale/lang/*.mjs' {
  import type { Language } from 'element-plus/es/locale'
  const language: Language
  export default language
}

declare module 'texts:*' {
  import type { LocaleMessageDictionary, VueMessageType } from 'petite-vue-i18n'
  const messages: LocaleMessageDictionary<VueMessageType>
  export default messages
}

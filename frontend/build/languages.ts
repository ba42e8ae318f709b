/** Tells the server which built files hold the phone's texts, so that it can name a visitor's language along with the page. */
import type { Plugin } from 'vite'

const TEXTS = /src\/(?:shared|phone)\/i18n\/([\w-]+)\.json$/

/** Writes `m/languages.json`: for each language the addresses of its files. */
export function tellLanguages(): Plugin {
  return {
    name: 'tell-languages',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const languages: Record<string, string[]> = {}
      for (const built of Object.values(bundle)) {
        const language = built.type === 'chunk' && TEXTS.exec(built.facadeModuleId ?? '')?.[1]
        if (language) (languages[language] ??= []).push(`/${built.fileName}`)
      }
      this.emitFile({ type: 'asset', fileName: 'm/languages.json', source: JSON.stringify(languages) })
    },
  }
}

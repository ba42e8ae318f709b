/**
 * The texts of an app in one language as one module, `texts:phone/zh-CN`: those that both apps share and its own, by
 * dotted key, made ready here so that no browser has to take a text apart. And the server learns which built files
 * hold them, so that it can name a visitor's language along with the page.
 */
import { readFileSync } from 'node:fs'
import { baseCompile } from '@intlify/message-compiler'
import type { Plugin } from 'vite'

type Tree = { [key: string]: string | Tree }

const MODULE = /^texts:(phone|console)\/([\w-]+)$/

const flat = (tree: Tree, prefix = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
  )

function ready(text: string): string {
  if (!/[{}|@\\]/.test(text)) return JSON.stringify(text)
  const fail = (error: Error): never => {
    throw new Error(`${error.message}: ${text}`)
  }
  return baseCompile(text, { mode: 'arrow', location: false, onError: fail }).code
}

/** Answers `texts:<app>/<language>` with the texts by key; one with places to fill or several forms is a function. */
export function texts(root: string): Plugin {
  return {
    name: 'texts',
    resolveId: (id) => (MODULE.test(id) ? id : undefined),
    load(id) {
      const [, app, language] = MODULE.exec(id) ?? []
      if (!app) return
      const files = ['shared', app].map((part) => `${root}src/${part}/i18n/${language}.json`)
      for (const file of files) this.addWatchFile(file)
      const found = files.flatMap((file) => flat(JSON.parse(readFileSync(file, 'utf-8')) as Tree))
      return `export default {${found.map(([key, text]) => `${JSON.stringify(key)}:${ready(text)}`).join(',\n')}}`
    },
  }
}

/** Writes `languages.json` of each app, beside its page: for each language the address of its texts. */
export function tellLanguages(): Plugin {
  return {
    name: 'tell-languages',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const languages = { console: {} as Record<string, string[]>, phone: {} as Record<string, string[]> }
      for (const built of Object.values(bundle)) {
        const [, app, language] = (built.type === 'chunk' && MODULE.exec(built.facadeModuleId ?? '')) || []
        if (app && language) languages[app as keyof typeof languages][language] = [`/${built.fileName}`]
      }
      this.emitFile({ type: 'asset', fileName: 'languages.json', source: JSON.stringify(languages.console) })
      this.emitFile({ type: 'asset', fileName: 'm/languages.json', source: JSON.stringify(languages.phone) })
    },
  }
}

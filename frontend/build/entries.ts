/** The two HTML entries: which address is served by which page, and which built files belong to the phone. */
import { gzipSync } from 'node:zlib'
import type { Connect, Plugin } from 'vite'

const isPage = (address: string): boolean => !/\.[a-z0-9]+$/i.test(address) && !/^\/(api|@|src|node_modules)/.test(address)

const rewriteToEntry: Connect.NextHandleFunction = (request, _response, next) => {
  const [address = '/', query] = (request.url ?? '/').split('?')
  if (isPage(address)) {
    const page = address === '/m' || address.startsWith('/m/') ? '/m/index.html' : '/index.html'
    request.url = query ? `${page}?${query}` : page
  }
  next()
}

/** Answers every address under /m/ with the phone's page and all others with the console's, as the backend does. */
export function entryFallback(): Plugin {
  return {
    name: 'entry-fallback',
    configureServer: (server) => void server.middlewares.use(rewriteToEntry),
    configurePreviewServer: (server) => void server.middlewares.use(rewriteToEntry),
  }
}

interface Built {
  moduleIds?: string[]
  imports?: string[]
  dynamicImports?: string[]
  code?: string
  source?: string | Uint8Array
  viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> }
}

type Bundle = Record<string, Built>

const atOnce = (built: Built): string[] => [...(built.imports ?? []), ...(built.viteMetadata?.importedCss ?? [])]

const sooner = (built: Built): string[] => [
  ...atOnce(built),
  ...(built.dynamicImports ?? []),
  ...(built.viteMetadata?.importedAssets ?? []),
]

function closure(start: string, neighbours: (name: string) => readonly string[]): Set<string> {
  const found = new Set<string>()
  const waiting = [start]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue
    found.add(name)
    waiting.push(...neighbours(name))
  }
  return found
}

const reachable = (bundle: Bundle, start: string, neighbours: (built: Built) => string[]): Set<string> =>
  closure(start, (name) => neighbours(bundle[name] ?? {}))

const phoneEntry = (bundle: Bundle): string | undefined =>
  Object.keys(bundle).find((name) => bundle[name]?.moduleIds?.some((id) => id.endsWith('/src/phone/main.ts')))

const gzipBytes = (built: Built | undefined): number => gzipSync(built?.code ?? built?.source ?? '').length

// A package's list of all its parts: who imports from it needs a few of them, and names them where they are.
const LIST = /node_modules\/vant\/es\/index\.mjs$/

/** Which modules belong to what is needed first; asked when the files are divided, known when the graph is. */
export interface FirstLoad {
  plugin: Plugin
  /** Whether the phone needs it at once and the console at some time. */
  ofBoth: (id: string) => boolean
  ofPhone: (id: string) => boolean
  ofConsole: (id: string) => boolean
  /** Whether the page that the console opens with needs it beside. */
  ofOverview: (id: string) => boolean
}

/**
 * Follows the imports of both apps, so that what is needed first comes in few files: on a slow line every file waits
 * for a connection. What one app needs lies apart from what the other ever needs: to fetch a file runs all of it, an
 * app's start too.
 */
export function firstLoad(phone: string, console: string, overview: string): FirstLoad {
  const atOnce = { phone: new Set<string>(), console: new Set<string>(), overview: new Set<string>() }
  const ever = { phone: new Set<string>(), console: new Set<string>() }
  return {
    plugin: {
      name: 'first-load',
      buildEnd() {
        const sent = (id: string): readonly string[] => (LIST.test(id) ? [] : (this.getModuleInfo(id)?.importedIds ?? []))
        const named = (id: string): readonly string[] => {
          const { importedIds = [], dynamicallyImportedIds = [] } = this.getModuleInfo(id) ?? {}
          return [...importedIds, ...dynamicallyImportedIds]
        }
        Object.assign(atOnce, { phone: closure(phone, sent), console: closure(console, sent), overview: closure(overview, sent) })
        Object.assign(ever, { phone: closure(phone, named), console: closure(console, named) })
      },
    },
    ofBoth: (id) => atOnce.phone.has(id) && ever.console.has(id),
    ofPhone: (id) => atOnce.phone.has(id) && !ever.console.has(id),
    ofConsole: (id) => atOnce.console.has(id) && !ever.phone.has(id),
    ofOverview: (id) => atOnce.overview.has(id) && !atOnce.console.has(id) && !ever.phone.has(id),
  }
}

/** Collects the names of all built files that the phone's page can load, so that only those are kept for offline use. */
export function collectPhoneFiles(into: Set<string>): Plugin {
  return {
    name: 'collect-phone-files',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const built = bundle as unknown as Bundle
      const entry = phoneEntry(built)
      if (entry) for (const name of reachable(built, entry, sooner)) into.add(name)
    },
  }
}

/** Refuses a build whose phone page loads more than this at once, compressed; one language comes on top. */
export function phoneBudget(mostBytes: number): Plugin {
  return {
    name: 'phone-budget',
    enforce: 'post',
    writeBundle(_options, bundle) {
      const built = bundle as unknown as Bundle
      const entry = phoneEntry(built)
      if (!entry) return
      const total = [...reachable(built, entry, atOnce)].reduce((sum, name) => sum + gzipBytes(built[name]), 0)
      this.info(`the phone's first load is ${Math.round(total / 1000)} kB gzip`)
      if (total > mostBytes) this.error(`The phone's first load is ${total} bytes gzip; at most ${mostBytes} are allowed.`)
    },
  }
}

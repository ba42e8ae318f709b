/** One project, two entries: the console at `/`, the phone app at `/m/`; built files in `dist/assets/` with hashed names. */
import { fileURLToPath, URL } from 'node:url'
import { VantResolver } from '@vant/auto-import-resolver'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { VitePWA } from 'vite-plugin-pwa'
import { defineConfig } from 'vitest/config'
import { apiViewer } from './build/docs.ts'
import { elements } from './build/elements.ts'
import { collectPhoneFiles, entryFallback, firstLoad, phoneBudget } from './build/entries.ts'
import { tellLanguages, texts } from './build/languages.ts'
import { packAssets } from './build/packing.ts'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const phoneFiles = new Set<string>()
const backend = { '/api': { target: process.env.MINGCHA_BACKEND ?? 'http://127.0.0.1:8000' } }

const phoneServiceWorker = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'src/phone',
  filename: 'sw.ts',
  outDir: 'dist/m',
  manifest: false,
  injectRegister: false,
  injectManifest: {
    globDirectory: 'dist',
    globPatterns: ['m/*.{html,png,webmanifest}', 'icon.svg', 'assets/**/*'],
    modifyURLPrefix: { '': '/' },
    dontCacheBustURLsMatching: /\/assets\//,
    manifestTransforms: [
      (entries) => ({
        manifest: entries.filter(({ url }) => !url.startsWith('/assets/') || phoneFiles.has(url.slice(1))),
        warnings: [],
      }),
    ],
  },
})

const first = firstLoad(path('./src/phone/main.ts'), path('./src/console/main.ts'), path('./src/console/screens/overview/OverviewScreen.vue'))
// A handful of files of like size: few enough for the connections of a browser, small enough for the first windows of each.
const CHUNKS = [
  { name: 'vue', test: (id: string) => first.ofBoth(id) && id.includes('/node_modules/@vue/') },
  { name: 'both', test: first.ofBoth },
  { name: 'dexie', test: /node_modules[\\/]dexie[\\/]/ },
  { name: 'phone-first', test: first.ofPhone },
  { name: 'console-first', test: first.ofConsole },
  { name: 'overview', test: first.ofOverview },
  { name: 'shared', test: /src[\\/]shared[\\/].*\.(ts|vue)$/, minShareCount: 2 },
]

export default defineConfig({
  plugins: [
    vue(),
    Components({ dirs: [], dts: false, resolvers: [elements(!process.env.VITEST), VantResolver({ importStyle: false })] }),
    entryFallback(),
    collectPhoneFiles(phoneFiles),
    phoneBudget(142_000),
    texts(path('./')),
    tellLanguages(),
    first.plugin,
    phoneServiceWorker,
    apiViewer(),
    packAssets(),
  ],
  resolve: {
    alias: [
      { find: '@', replacement: path('./src') },
      // The packages' own smaller builds: without a compiler of texts, and in today's JavaScript.
      { find: /^petite-vue-i18n$/, replacement: 'petite-vue-i18n/dist/petite-vue-i18n.runtime.mjs' },
      { find: /^dexie$/, replacement: 'dexie/dist/modern/dexie.mjs' },
    ],
  },
  define: {
    __VUE_PROD_DEVTOOLS__: false,
    __INTLIFY_DROP_MESSAGE_COMPILER__: true,
    __INTLIFY_PROD_DEVTOOLS__: false,
    __APP_VERSION__: JSON.stringify(process.env.MINGCHA_VERSION ?? '0.1.0'),
  },
  build: {
    target: 'es2020',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { console: path('./index.html'), phone: path('./m/index.html') },
      output: { codeSplitting: { groups: CHUNKS } },
    },
  },
  server: { proxy: backend },
  preview: { proxy: backend },
  test: { environment: 'jsdom', setupFiles: ['./src/shared/testing.ts'], include: ['src/**/*.test.ts'] },
})

/** Puts the API viewer's own files beside its page, so that it needs no outside address. */
import { copyFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import type { Plugin } from 'vite'

const FILES = ['swagger-ui-bundle.js', 'swagger-ui.css']

export function apiViewer(): Plugin {
  let target = ''
  return {
    name: 'mingcha-api-viewer',
    apply: 'build',
    configResolved(config) {
      target = resolve(config.root, config.build.outDir, 'docs')
    },
    async closeBundle() {
      const source = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
      await Promise.all(FILES.map((file) => copyFile(join(source, file), join(target, file))))
    },
  }
}

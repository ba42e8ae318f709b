/** Packs the built files once, as far as they go, so that the server only hands over what the browser can unpack. */
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXT = /\.(js|css|svg|json)$/
const PACKERS = { gz: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }), br: (bytes: Buffer) => promisify(brotliCompress)(bytes) }

async function pack(file: string): Promise<void> {
  const bytes = await readFile(file)
  for (const [ending, packer] of Object.entries(PACKERS)) {
    const packed = await packer(bytes)
    if (packed.length < bytes.length) await writeFile(`${file}.${ending}`, packed)
  }
}

/** Lays `.gz` and `.br` beside each file whose name holds its hash; the others may be replaced, and a packed twin would stay behind. */
export function packAssets(): Plugin {
  let folder = ''
  return {
    name: 'pack-assets',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir, config.build.assetsDir)
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const names = (await readdir(folder)).filter((name) => TEXT.test(name))
        await Promise.all(names.map((name) => pack(join(folder, name))))
      },
    },
  }
}

// Uploads one file with a client as its makers ship it, with nothing set but where, who and how to retry:
// node tus_client.mjs PACKAGE_JSON tus-js-client|uppy ENDPOINT TOKEN EVIDENCE_ID FILE
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [packages, client, endpoint, token, evidenceId, path] = process.argv.slice(2)
const { resolve } = createRequire(packages)
const load = async (name) => import(pathToFileURL(resolve(name)))

const options = {
  endpoint,
  headers: { Authorization: `Bearer ${token}` },
  chunkSize: 200_000,
  retryDelays: Array(60).fill(100),
}

async function withTus(data) {
  const { Upload } = await load('tus-js-client')
  const metadata = { evidence_id: evidenceId }
  await new Promise((onSuccess, onError) => new Upload(data, { ...options, metadata, onSuccess, onError }).start())
}

async function withUppy(data) {
  const [{ default: Uppy }, { default: Tus }] = await Promise.all([load('@uppy/core'), load('@uppy/tus')])
  const uppy = new Uppy().use(Tus, { ...options, allowedMetaFields: ['evidence_id'] })
  // Outside a browser tus takes a buffer, and Uppy asks what it is given for a size as a Blob has it.
  const sized = Object.assign(data, { size: data.length })
  uppy.addFile({ name: 'film.mp4', type: 'video/mp4', data: sized, meta: { evidence_id: evidenceId } })
  const { failed } = await uppy.upload()
  if (failed.length) throw new Error(failed[0].error)
}

await (client === 'uppy' ? withUppy : withTus)(await readFile(path))

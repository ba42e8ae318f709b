/** Makes quick copies of large photos one after another, in another thread, after the photo itself is safely kept. */
import { keepQuickCopy } from '../store/quickCopies'
import type { EvidenceRecord } from '../store/records'

/** A photo up to this size is there nearly as soon as its copy would be. */
const LARGE_BYTES = 1_000_000
/** A thread that ran out of memory never answers. */
const PATIENCE_MS = 30_000

async function drawn(photo: Blob): Promise<Blob | null> {
  const worker = new Worker(new URL('./quickCopyWorker.ts', import.meta.url), { type: 'module' })
  try {
    return await new Promise((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<Blob | null>) => resolve(data)
      worker.onerror = () => resolve(null)
      setTimeout(() => resolve(null), PATIENCE_MS)
      worker.postMessage(photo)
    })
  } finally {
    worker.terminate()
  }
}

async function make(record: EvidenceRecord, photo: Blob): Promise<void> {
  const copy = await drawn(photo)
  if (copy) await keepQuickCopy(record, copy)
}

let made: Promise<void> = Promise.resolve()

/**
 * Makes and keeps the copy of a large photo; call it once the photo is kept, and wait for nothing. Where it cannot be made
 * or kept (a picture that this browser cannot draw, no canvas outside the page, no room) the photo simply goes alone.
 */
export function makeQuickCopy(record: EvidenceRecord, photo: Blob): Promise<void> {
  if (record.kind === 'photo' && photo.size > LARGE_BYTES) made = made.then(() => make(record, photo)).catch(() => undefined)
  return made
}

/** A thread of its own for drawing one quick copy: answers the copy, or null where there is none to be had. */
import { drawQuickCopy } from './quickCopy'

self.onmessage = async ({ data }: MessageEvent<Blob>): Promise<void> => {
  self.postMessage(await drawQuickCopy(data).catch(() => null))
}

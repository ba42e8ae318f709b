/** sha256 of a file, as lower-case hex. */

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** A film of an hour does not fit into a phone's memory, which crypto.subtle asks for. */
const MOST_AT_ONCE = 64_000_000

// Browsers offer crypto.subtle to secure pages only; a phone that opens a trial server over plain HTTP still has to hash.
async function sha256InScript(file: Blob): Promise<string> {
  const { sha256 } = await import('@noble/hashes/sha2.js')
  const hash = sha256.create()
  const reader = file.stream().getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) hash.update(part.value)
  return hex(hash.digest())
}

/** Whether the bytes are still those that were captured; bytes that cannot be read are not. */
export const isSound = ({ size, sha256 }: { size: number; sha256: string }, copy: Blob): Promise<boolean> =>
  copy.size === size ? sha256Of(copy).then((found) => found === sha256, () => false) : Promise.resolve(false)

export async function sha256Of(file: Blob): Promise<string> {
  if (!globalThis.crypto?.subtle || file.size > MOST_AT_ONCE) return sha256InScript(file)
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())))
}

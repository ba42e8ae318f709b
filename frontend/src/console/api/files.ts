/** Sends a chosen file as it is: multipart for lists, raw for checklist definitions and phones' zips; answers JSON or throws a Problem. */
import { address, writeHeaders } from '@/shared/api/client'
import type { Query } from '@/shared/api/client'
import { Problem, problemFrom } from '@/shared/api/problem'
import { currentLocale } from '@/shared/i18n'

async function send<T>(method: string, path: string, body: BodyInit, query: Query, headers: Record<string, string>): Promise<T> {
  const own = { Accept: 'application/json', 'Accept-Language': currentLocale(), ...(await writeHeaders()), ...headers }
  let response: Response
  try {
    response = await fetch(address(path, query), { method, body, headers: own, credentials: 'same-origin' })
  } catch {
    throw new Problem(0, { code: 'offline' })
  }
  if (!response.ok) throw await problemFrom(response)
  return (await response.json()) as T
}

/** Multipart, the file in the part `file`. */
export function sendFile<T>(method: string, path: string, file: File, query: Query = {}): Promise<T> {
  const form = new FormData()
  form.append('file', file)
  return send<T>(method, path, form, query, {})
}

/** The text itself as the body. */
export const sendText = <T>(method: string, path: string, text: string, mediaType: string): Promise<T> =>
  send<T>(method, path, text, {}, { 'Content-Type': mediaType })

/** The file itself as the body, streamed from the disk however large it is. */
export const sendRaw = <T>(method: string, path: string, file: Blob, mediaType: string): Promise<T> =>
  send<T>(method, path, file, {}, { 'Content-Type': mediaType })

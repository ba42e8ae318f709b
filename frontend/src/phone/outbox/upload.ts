/** Bytes by tus: resumes where the server stands. Waiting and trying again is the outbox's business, not done here. */
import type { DetailedError } from 'tus-js-client'
import { API, writeHeaders } from '@/shared/api/client'
import { Problem } from '@/shared/api/problem'

export interface Bytes {
  id: string
  /** The upload resource the server made for this file, or null to have one made. */
  address: string | null
  blob: Blob
  onProgress: (sent: number) => void
}

/** Small enough that a lost connection costs seconds, large enough that a good one is not slowed. */
const CHUNK_BYTES = 2_000_000

function bodyOf(text: string | undefined): Record<string, unknown> {
  try {
    return JSON.parse(text ?? '') as Record<string, unknown>
  } catch {
    return {}
  }
}

function problemOf(error: Error): Problem {
  if (!('originalResponse' in error)) return new Problem(-1, { title: error.message, code: 'upload_failed' })
  const response = (error as DetailedError).originalResponse
  if (!response) return new Problem(0, { code: 'offline' })
  const retryAfter = Number(response.getHeader('Retry-After'))
  return new Problem(response.getStatus(), bodyOf(response.getBody()), Number.isFinite(retryAfter) ? retryAfter : null)
}

/** Sends the bytes that the server lacks; rejects with a Problem. */
export async function uploadBytes({ id, address, blob, onProgress }: Bytes): Promise<void> {
  // Loaded with the first upload: signing in and reading assignments do not wait for it.
  const [{ Upload }, headers] = await Promise.all([import('tus-js-client'), writeHeaders()])
  await new Promise<void>((resolve, reject) => {
    const upload = new Upload(blob, {
      endpoint: `${API}/uploads`,
      ...(address && { uploadUrl: address }),
      metadata: { evidence_id: id },
      headers,
      chunkSize: CHUNK_BYTES,
      retryDelays: null,
      storeFingerprintForResuming: false,
      onProgress,
      onError: (error) => reject(problemOf(error)),
      onSuccess: () => resolve(),
    })
    upload.start()
  })
}

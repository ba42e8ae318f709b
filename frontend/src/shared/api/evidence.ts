/** Evidence: declaring it, asking for its state, and the addresses of its pictures. */
import { address, api, request } from './client'
import { asProblem } from './problem'
import type { Evidence, EvidenceDeclaration } from './types'

export type Rendition = 'thumb' | 'screen' | 'poster' | 'preview' | 'waveform'

export const declareEvidence = (id: string, body: EvidenceDeclaration & { visit_id: string }): Promise<Evidence> =>
  api.put<Evidence>(`/evidence/${id}`, body)

export const readEvidence = (id: string): Promise<Evidence> => api.get<Evidence>(`/evidence/${id}`)

/** Gives up what has been uploaded of the file, so that it may be declared anew; nothing to give up is fine too. */
export const endUpload = (id: string): Promise<unknown> =>
  request('DELETE', `/uploads/${id}`, { headers: { 'Tus-Resumable': '1.0.0' } }).catch((error: unknown) => {
    if (asProblem(error).status !== 404) throw error
  })

/** Tells the reviewers that the file is lost and will not come, and why. */
export const putLoss = (id: string, comment: string): Promise<Evidence> => api.put<Evidence>(`/evidence/${id}/loss`, { comment })

/** Sends the small picture of a photo ahead of its original; once the original is there the server ignores it. */
export const putQuickCopy = (id: string, copy: Blob): Promise<unknown> => api.put(`/evidence/${id}/quick-copy`, copy)

export const renditionAddress = (id: string, name: Rendition): string => address(`/evidence/${id}/renditions/${name}`)

export const originalAddress = (id: string): string => address(`/evidence/${id}/original`)

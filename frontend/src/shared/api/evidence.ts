/** Evidence: declaring it, asking for its state, and the addresses of its pictures. */
import { address, api } from './client'
import type { Evidence, EvidenceDeclaration } from './types'

export type Rendition = 'thumb' | 'screen' | 'poster' | 'preview' | 'waveform'

export const declareEvidence = (id: string, body: EvidenceDeclaration & { visit_id: string }): Promise<Evidence> =>
  api.put<Evidence>(`/evidence/${id}`, body)

export const readEvidence = (id: string): Promise<Evidence> => api.get<Evidence>(`/evidence/${id}`)

export const renditionAddress = (id: string, name: Rendition): string => address(`/evidence/${id}/renditions/${name}`)

export const originalAddress = (id: string): string => address(`/evidence/${id}/original`)

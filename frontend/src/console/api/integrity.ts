/** A visit's integrity: its signals, and clearing them. */
import { api } from '@/shared/api/client'
import type { EvidenceKind } from '@/shared/api/types'

export type IntegrityBand = 'clear' | 'look' | 'doubt'

export interface SignalFile {
  id: string
  kind: EvidenceKind
  captured_at: string | null
  renditions: string[]
}

/** The visit a signal is held against; all null when it lies outside the reader's part of the network. */
export interface SignalOther {
  visit_id: string | null
  visited_on: string | null
  store: { id: string; code: string; name: string } | null
  wave: { id: string; name: string } | null
  file: SignalFile | null
}

export interface Signal {
  id: string
  code: string
  weight: number
  sentence: string
  files: SignalFile[]
  other: SignalOther | null
  clearing: { reason: string; person: { id: string; name: string | null }; at: string } | null
}

export interface Integrity {
  visit_id: string
  score: number | null
  band: IntegrityBand | null
  signals: Signal[]
}

export const readIntegrity = (visitId: string, signal?: AbortSignal): Promise<Integrity> =>
  api.get<Integrity>(`/visits/${visitId}/integrity`, undefined, signal)

export const clearSignal = (id: string, reason: string): Promise<Integrity> => api.put<Integrity>(`/signals/${id}/clearing`, { reason })

export const withdrawClearing = (id: string): Promise<Integrity> => api.delete<Integrity>(`/signals/${id}/clearing`)

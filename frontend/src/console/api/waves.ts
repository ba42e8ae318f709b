/** Programmes and waves: read, make, change, publish, lock. */
import { allOf, api } from '@/shared/api/client'
import type { RoleName } from '@/shared/api/types'
import type { Programme, Wave, WaveBody } from './types'

/** What publishing or locking a wave would do: visits that open or are open, those still open to decide, and how many people will read them. */
export interface Release {
  wave_id: string
  approved: number
  released: number
  undecided: number
  not_begun: number
  stores: number
  readers: Partial<Record<RoleName, number>>
}

export const allWaves = (): Promise<Wave[]> => allOf<Wave>('/waves')
export const allProgrammes = (): Promise<Programme[]> => allOf<Programme>('/programmes')

export const putProgramme = (code: string, body: Pick<Programme, 'name' | 'purpose' | 'brand_id'>): Promise<Programme> =>
  api.put(`/programmes/${encodeURIComponent(code)}`, body)

const ifMatch = (revision: number | undefined): Record<string, string> | undefined => (revision ? { 'If-Match': `"${revision}"` } : undefined)

/** Makes the wave, or changes it when nobody changed it since `revision`. */
export const putWave = (id: string, body: WaveBody, revision?: number): Promise<Wave> => api.put(`/waves/${id}`, body, ifMatch(revision))
/** What publishing or locking the wave would do. */
export const readRelease = (id: string, signal?: AbortSignal): Promise<Release> => api.get<Release>(`/waves/${id}/release`, undefined, signal)
export const publishWave = (id: string): Promise<Wave> => api.put(`/waves/${id}/publish`, {})
export const lockWave = (id: string): Promise<Wave> => api.put(`/waves/${id}/lock`, {})

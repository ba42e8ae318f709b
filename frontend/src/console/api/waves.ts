/** Programmes and waves: read, make, change, publish, lock. */
import { allOf, api } from '@/shared/api/client'
import type { Programme, Wave, WaveBody } from './types'

export const allWaves = (): Promise<Wave[]> => allOf<Wave>('/waves')
export const allProgrammes = (): Promise<Programme[]> => allOf<Programme>('/programmes')

export const putProgramme = (code: string, body: Pick<Programme, 'name' | 'purpose' | 'brand_id'>): Promise<Programme> =>
  api.put(`/programmes/${encodeURIComponent(code)}`, body)

const ifMatch = (revision: number | undefined): Record<string, string> | undefined => (revision ? { 'If-Match': `"${revision}"` } : undefined)

/** Makes the wave, or changes it when nobody changed it since `revision`. */
export const putWave = (id: string, body: WaveBody, revision?: number): Promise<Wave> => api.put(`/waves/${id}`, body, ifMatch(revision))
export const publishWave = (id: string): Promise<Wave> => api.put(`/waves/${id}/publish`, {})
export const lockWave = (id: string): Promise<Wave> => api.put(`/waves/${id}/lock`, {})

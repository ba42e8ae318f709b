/** What the person agreed to on this phone, told to the server. */
import { api } from './client'

export interface ConsentBody {
  version: string
  given_at: string
  position: boolean
  language: string
}

export const putConsent = (id: string, body: ConsentBody): Promise<unknown> => api.put(`/consents/${id}`, body)

export const putWithdrawal = (id: string, at: string): Promise<unknown> => api.put(`/consents/${id}/withdrawal`, { at })

/** People, their roles, invitations and devices; and one's own devices and tokens. */
import { allOf, api } from '@/shared/api/client'
import type { Page, Query } from '@/shared/api/client'
import type { Device, PersonRow, Token } from './types'

export interface PersonBody {
  login: string
  name: string
  locale: string
  phone: string | null
  email: string | null
  active: boolean
  roles: { role: string; scope_kind: string; scope_id: string | null }[]
}

export const pageOfPeople = (query: Query, signal?: AbortSignal): Promise<Page<PersonRow>> => api.get<Page<PersonRow>>('/people', query, signal)
export const allPeople = (query: Query = {}): Promise<PersonRow[]> => allOf<PersonRow>('/people', query)

/** Makes the person, or changes it when nobody changed it since `revision`. */
export const putPerson = (id: string, body: PersonBody, revision?: number): Promise<PersonRow> =>
  api.put<PersonRow>(`/people/${id}`, body, revision ? { 'If-Match': `"${revision}"` } : undefined)

export const invite = (id: string): Promise<{ link: string; expires_at: string }> => api.post(`/people/${id}/invitation`, {})
export const devicesOf = async (id: string): Promise<Device[]> => (await api.get<Page<Device>>(`/people/${id}/sessions`)).items
export const revokeDevice = (person: string, id: string): Promise<null> => api.delete(`/people/${person}/sessions/${id}`)
export const ownDevices = async (): Promise<Device[]> => (await api.get<Page<Device>>('/session/devices')).items
export const revokeOwnDevice = (id: string): Promise<null> => api.delete(`/session/devices/${id}`)
export const ownTokens = (): Promise<Token[]> => allOf<Token>('/tokens')
export const makeToken = (name: string): Promise<Token> => api.post<Token>('/tokens', { name })
export const revokeToken = (id: string): Promise<null> => api.delete(`/tokens/${id}`)

/** Signing in and out. */
import { api, request } from './client'
import type { Session } from './types'

export type Credentials = { login: string; password: string } | { link: string }

const signInHeaders = { 'X-Sign-In': '1' }

export const openSession = async (body: Credentials): Promise<Session> =>
  (await request<Session>('POST', '/session', { body, headers: signInHeaders })).data

export const readSession = (): Promise<Session> => api.get<Session>('/session')

export const closeSession = (): Promise<null> => api.delete('/session')

export const changePassword = (current: string | null, fresh: string): Promise<null> =>
  api.put('/session/password', { current, new: fresh })

/** Visits as the person who makes them uses them: read, take, fill, submit. */
import { address, allOf, api, request } from './client'
import type { Answer } from './client'
import type { AuditSheet, Checklist, Draft, DraftDocument, FileLine, Submission, Visit, VisitRow } from './types'

export interface DraftBody {
  device_id: string
  revision: number
  document: DraftDocument
  take_over?: boolean
}

export type Acceptance = { accepted: true } | { accepted: false; reason: string }

export const myVisits = (): Promise<VisitRow[]> => allOf<VisitRow>('/visits', { auditor: 'me' })

export const readVisit = (id: string): Promise<Visit> => api.get<Visit>(`/visits/${id}`)

/** The visit with its ETag, for callers that change it. */
export const readVisitWithTag = (id: string): Promise<Answer<Visit>> => request<Visit>('GET', `/visits/${id}`)

/** Every declared file of the visit, to the end of the list. */
export const filesOfVisit = (id: string): Promise<FileLine[]> => allOf<FileLine>(`/visits/${id}/files`)

export const readAuditSheet = (id: string): Promise<AuditSheet> => api.get<AuditSheet>(`/visits/${id}/sheet`)

export const sheetPictureAddress = (id: string, picture: string): string => address(`/visits/${id}/sheet/pictures/${picture}`)

export const readChecklist = (code: string, version: string): Promise<Checklist> =>
  api.get<Checklist>(`/checklists/${code}/versions/${version}`)

export const decideAcceptance = (id: string, body: Acceptance): Promise<VisitRow> => api.put(`/visits/${id}/acceptance`, body)

export const abortVisit = (id: string, reason: string): Promise<VisitRow> => api.put(`/visits/${id}/abort`, { reason })

export const readDraft = (id: string): Promise<Draft> => api.get<Draft>(`/visits/${id}/draft`)

export const putDraft = (id: string, body: DraftBody): Promise<Draft> => api.put<Draft>(`/visits/${id}/draft`, body)

export const putSubmission = (id: string, body: Submission): Promise<Visit> => api.put<Visit>(`/visits/${id}/submission`, body)

export const putFollowUp = (id: string, body: Submission): Promise<Visit> => api.put<Visit>(`/visits/${id}/follow-up`, body)

/** Visits as headquarters handles them: lists, assignment, cancellation, review. */
import { address, api } from '@/shared/api/client'
import type { Page, Query } from '@/shared/api/client'
import type { VisitRow } from '@/shared/api/types'
import type { BulkOutcome, BulkVisit, DeskVisit, ReviewBody } from './types'

export const pageOfVisits = (query: Query, signal?: AbortSignal): Promise<Page<VisitRow>> =>
  api.get<Page<VisitRow>>('/visits', query, signal)

export const readDeskVisit = (id: string, signal?: AbortSignal): Promise<DeskVisit> => api.get<DeskVisit>(`/visits/${id}`, undefined, signal)

/** The whole visit with its originals as a signed zip; the browser saves it, and each one is logged. */
export const archiveAddress = (id: string): string => address(`/visits/${id}/archive`)

export const putReview = (id: string, body: ReviewBody): Promise<DeskVisit> => api.put<DeskVisit>(`/visits/${id}/review`, body)

/** Assigns at most 500 visits at once; each has an outcome of its own. */
export const assignVisits = async (visits: BulkVisit[]): Promise<BulkOutcome[]> =>
  (await api.post<{ items: BulkOutcome[] }>('/visits/bulk', { visits })).items

export const putVisit = (id: string, body: Omit<BulkVisit, 'id'> & Record<string, unknown>): Promise<VisitRow> =>
  api.put<VisitRow>(`/visits/${id}`, body)

export const cancelVisit = (id: string, reason: string): Promise<VisitRow> => api.put<VisitRow>(`/visits/${id}/cancellation`, { reason })

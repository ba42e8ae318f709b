/** Stores and what they belong to. */
import { allOf, api, request } from '@/shared/api/client'
import type { Page, Query } from '@/shared/api/client'
import type { Area, ImportReport, Store } from './types'
import { sendFile } from './files'

export const pageOfStores = (query: Query, signal?: AbortSignal): Promise<Page<Store>> => api.get<Page<Store>>('/stores', query, signal)
export const allStores = (query: Query = {}): Promise<Store[]> => allOf<Store>('/stores', query)
export const readStore = (id: string): Promise<Store> => api.get<Store>(`/stores/${id}`)
export const allRegions = (): Promise<Area[]> => allOf<Area>('/regions')
export const allGroups = (): Promise<Area[]> => allOf<Area>('/groups')
export const allBrands = (): Promise<Area[]> => allOf<Area>('/brands')

/** The tags that stores bear, with their number of stores. */
export const allTags = (): Promise<{ tag: string; stores: number }[]> => allOf<{ tag: string; stores: number }>('/store-tags')

export const putStore = (id: string, body: Partial<Store>, revision?: number): Promise<Store> =>
  request<Store>('PUT', `/stores/${id}`, { body, ...(revision ? { headers: { 'If-Match': `"${revision}"` } } : {}) }).then(
    (answer) => answer.data,
  )

/** Checks (`dryRun`) or takes a CSV or XLSX file of stores, and reports row by row. */
export const importStores = (file: File, dryRun: boolean): Promise<ImportReport> =>
  sendFile<ImportReport>('POST', '/stores/import', file, { dry_run: dryRun })

/** Figures of approved visits: one wave, its tables, the trend over waves, one store. */
import { allOf, api } from '@/shared/api/client'
import type { Page, Query } from '@/shared/api/client'
import type { AreaRow, CheckpointRow, Headline, Matrix, PartRow, Progress, StoreReport, StoreRow, StoreVisit, TrendPoint } from './types'

export type WaveTable = 'checkpoints' | 'stores' | 'stages' | 'modules' | 'dimensions' | 'regions' | 'groups'

interface TableRows {
  checkpoints: CheckpointRow
  stores: StoreRow
  stages: PartRow
  modules: PartRow
  dimensions: PartRow
  regions: AreaRow
  groups: AreaRow
}

export const readHeadline = (wave: string, query: Query, signal?: AbortSignal): Promise<Headline> =>
  api.get<Headline>(`/reports/waves/${wave}`, query, signal)

/** Report tables answer whole. */
export const readTable = async <N extends WaveTable>(
  wave: string, name: N, query: Query, signal?: AbortSignal,
): Promise<TableRows[N][]> => (await api.get<Page<TableRows[N]>>(`/reports/waves/${wave}/${name}`, query, signal)).items

export type MatrixRows = 'stores' | 'regions' | 'groups'
export type MatrixColumns = 'stages' | 'modules' | 'dimensions' | 'checkpoints'

export interface MatrixShape {
  rows: MatrixRows
  columns: MatrixColumns
  /** The code of the one column wanted. */
  column?: string
}

export const readMatrix = (wave: string, query: Query, shape: MatrixShape, signal?: AbortSignal): Promise<Matrix> =>
  api.get<Matrix>(`/reports/waves/${wave}/matrix`, { ...query, ...shape }, signal)

export const readTrend = async (query: Query, signal?: AbortSignal): Promise<TrendPoint[]> =>
  (await api.get<{ points: TrendPoint[] }>('/reports/trend', query, signal)).points

export const readStoreReport = (store: string, query: Query, signal?: AbortSignal): Promise<StoreReport> =>
  api.get<StoreReport>(`/reports/stores/${store}`, query, signal)

export const pageOfStoreVisits = (store: string, query: Query, signal?: AbortSignal): Promise<Page<StoreVisit>> =>
  api.get<Page<StoreVisit>>(`/reports/stores/${store}/visits`, query, signal)

export const allStoreVisits = (store: string, query: Query): Promise<StoreVisit[]> => allOf<StoreVisit>(`/reports/stores/${store}/visits`, query)

export const readProgress = (wave: string, signal?: AbortSignal): Promise<Progress> =>
  api.get<Progress>(`/waves/${wave}/progress`, undefined, signal)

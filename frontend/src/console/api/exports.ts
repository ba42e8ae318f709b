/** Files made by the worker: asked for, followed, fetched, cancelled. */
import { api } from '@/shared/api/client'
import type { Page, Query } from '@/shared/api/client'

export type ExportKind = 'wave_workbook' | 'wave_csv' | 'wave_parquet' | 'bonus' | 'wave_pdf' | 'store_pdf'
export type ExportState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'expired'

export interface ExportLine {
  id: string
  kind: ExportKind
  format: string
  filters: Record<string, string>
  state: ExportState
  /** Null until the rows have been counted. */
  expected: number | null
  written: number
  fault: { code: string; message: string } | null
  name: string | null
  size: number | null
  sha256: string | null
  /** Where the finished file is fetched. */
  file: string | null
  asked_at: string
  made_at: string | null
  expires_at: string | null
}

const filled = (filters: Query): Query => Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== '' && value !== undefined))

export const askForExport = (kind: ExportKind, filters: Query): Promise<ExportLine> => api.post<ExportLine>('/exports', { kind, filters: filled(filters) })

export const readExports = (after: string | null, signal: AbortSignal): Promise<Page<ExportLine>> => api.get<Page<ExportLine>>('/exports', { after }, signal)

export const readExport = (id: string): Promise<ExportLine> => api.get<ExportLine>(`/exports/${id}`)

export const dropExport = (id: string): Promise<ExportLine> => api.delete<ExportLine>(`/exports/${id}`)

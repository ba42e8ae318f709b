/** Where a heat map leads: the checkpoints behind a cell, narrowed to its row, or the wall of one checkpoint's fails. */
import type { LocationQuery, RouteLocationRaw } from 'vue-router'
import type { MatrixColumns, MatrixRows } from '../../api/reports'
import type { MatrixRow } from '../../api/types'

const FILTERS = ['region', 'group', 'method', 'tag', 'store'] as const
const ROW_FILTER: Record<MatrixRows, string> = { stores: 'store', regions: 'region', groups: 'group' }
const COLUMN_FILTER = { stages: 'stage', modules: 'module', dimensions: 'dimension' } as const

/** The report filters of an address, without what else stands in it. */
export const reportFilters = (query: LocationQuery): LocationQuery => Object.fromEntries(FILTERS.flatMap((name) => (query[name] ? [[name, query[name]]] : [])))

/** The filters of the page with the row added to them; stores without a region or group keep the page's own. */
const narrowed = (query: LocationQuery, rows: MatrixRows, row: MatrixRow): LocationQuery => ({ ...reportFilters(query), ...(row.id ? { [ROW_FILTER[rows]]: row.id } : {}) })

export function cellTarget(wave: string, query: LocationQuery, rows: MatrixRows, columns: MatrixColumns, row: MatrixRow, column: string): RouteLocationRaw {
  const filters = narrowed(query, rows, row)
  if (columns === 'checkpoints') return { name: 'checkpoint', params: { id: wave, code: column }, query: filters }
  return { name: 'checkpoints', params: { id: wave }, query: { ...filters, [COLUMN_FILTER[columns]]: column } }
}

export function rowTarget(wave: string, query: LocationQuery, rows: MatrixRows, row: MatrixRow): RouteLocationRaw | null {
  if (!row.id) return null
  return rows === 'stores' ? { name: 'store', params: { id: row.id } } : { name: 'stores', params: { id: wave }, query: narrowed(query, rows, row) }
}

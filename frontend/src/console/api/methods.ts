/** The same stores by every method of a wave, and where they lie. */
import { api } from '@/shared/api/client'
import type { Page, Query } from '@/shared/api/client'
import type { Method } from '@/shared/api/types'
import type { Bilingual } from '@/shared/i18n'
import type { Interval, StoreRow } from './types'

/** A store with its place in degrees of GCJ-02; null where nobody entered one. */
export interface PlacedStore extends StoreRow {
  city: string | null
  lat: number | null
  lon: number | null
}

/** What one method found over the common checkpoints; `gap_pp` is its rate less the base's. */
export interface MethodCell {
  method: Method
  rate: number | null
  passed: number
  applicable: number
  gap_pp: number | null
}

export interface StoreByMethod extends MethodCell {
  visits: number
  sample_ok: boolean
}

export interface MethodMean {
  method: Method
  stores: number
  sample_ok: boolean
  rate: number | null
  base_rate: number | null
  gap_pp: number | null
  interval: Interval | null
}

export interface ComparedStore {
  store_id: string
  code: string
  name: string
  region_id: string | null
  cells: StoreByMethod[]
  gap_pp: number | null
  common: number
}

export interface WaveMethods {
  methods: Method[]
  base: Method
  means: MethodMean[]
  regions: { region_id: string | null; name: string | null; means: MethodMean[] }[]
  items: ComparedStore[]
}

export interface ComparedCheckpoint {
  checkpoint: string
  title: Bilingual
  critical: boolean
  cells: MethodCell[]
  gap_pp: number | null
}

export interface StoreMethods {
  methods: Method[]
  base: Method
  cells: StoreByMethod[]
  gap_pp: number | null
  common: number
  checkpoints: ComparedCheckpoint[]
}

export const readPlaces = async (wave: string, query: Query, signal?: AbortSignal): Promise<PlacedStore[]> =>
  (await api.get<Page<PlacedStore>>(`/reports/waves/${wave}/map`, query, signal)).items

/** The stores of a wave that several methods visited. */
export const readMethods = (wave: string, query: Query, signal?: AbortSignal): Promise<WaveMethods> =>
  api.get<WaveMethods>(`/reports/waves/${wave}/methods`, query, signal)

export const readStoreMethods = (wave: string, store: string, signal?: AbortSignal): Promise<StoreMethods> =>
  api.get<StoreMethods>(`/reports/waves/${wave}/stores/${store}/methods`, undefined, signal)

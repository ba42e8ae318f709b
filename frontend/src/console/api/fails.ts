/** The wall of one checkpoint's fails. */
import { api } from '@/shared/api/client'
import type { Query } from '@/shared/api/client'
import type { Bilingual } from '@/shared/i18n'

/** A visit that failed a checkpoint; `pictures` are the first of its evidence that this person may see. */
export interface FailRow {
  visit_id: string
  visited_on: string | null
  store_id: string
  code: string
  name: string
  region_id: string | null
  group_id: string | null
  comment: string | null
  reason: string | null
  files: number
  pictures: string[]
}

export interface FailPage {
  title: Bilingual
  items: FailRow[]
  next: string | null
}

/** A page of the visits that failed a checkpoint. */
export const readFails = (wave: string, checkpoint: string, query: Query, signal?: AbortSignal): Promise<FailPage> =>
  api.get<FailPage>(`/reports/waves/${wave}/checkpoints/${encodeURIComponent(checkpoint)}/fails`, query, signal)

/** How people answered in a wave: for planners and reviewers. */
import { api } from '@/shared/api/client'
import type { Query } from '@/shared/api/client'
import type { Interval } from './types'

export interface PersonFigures {
  visits: number
  answers: number
  na: number
  na_rate: number | null
  na_interval: Interval | null
  rate: number | null
  failed: number
  unproven: number
}

export interface PersonQuality extends PersonFigures {
  person_id: string | null
  name: string | null
  na_apart: boolean
  sample_ok: boolean
}

export interface People {
  items: PersonQuality[]
  everyone: PersonFigures
}

export const readPeople = (wave: string, query: Query, signal?: AbortSignal): Promise<People> =>
  api.get<People>(`/reports/waves/${wave}/people`, query, signal)

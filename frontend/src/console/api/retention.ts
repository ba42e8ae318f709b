/** How long media are kept: a wave's clocks, and the holds on single visits. */
import { allOf, api } from '@/shared/api/client'

export interface Amount {
  files: number
  bytes: number
}

/** One of a wave's clocks: what goes on `due_on`, what is held back, what waits for a decision. */
export interface Clock {
  media: 'originals' | 'renditions'
  days: number | null
  due_on: string | null
  is_due: boolean
  goes: Amount
  held: Amount
  undecided: Amount
}

export interface Retention {
  wave_id: string
  starts_on: string
  is_locked: boolean
  clocks: Clock[]
}

export type HoldCode = 'appeal' | 'legal' | 'other'

/** Keeps a visit's media whatever the clocks say, until it is lifted. */
export interface Hold {
  id: string
  visit_id: string
  code: HoldCode
  reason: string
  placed_at: string
  placed_by: { id: string; name: string | null } | null
  lifted_at: string | null
  lifted_by: { id: string; name: string | null } | null
  lift_reason: string | null
}

export const readRetention = (wave: string, signal?: AbortSignal): Promise<Retention> => api.get<Retention>(`/waves/${wave}/retention`, undefined, signal)

export const holdsOf = (visit: string): Promise<Hold[]> => allOf<Hold>('/holds', { visit })

export const placeHold = (visit: string, id: string, code: HoldCode, reason: string): Promise<Hold> =>
  api.put<Hold>(`/visits/${visit}/holds/${id}`, { code, reason })

export const liftHold = (visit: string, id: string, reason: string): Promise<Hold> => api.put<Hold>(`/visits/${visit}/holds/${id}/lift`, { reason })

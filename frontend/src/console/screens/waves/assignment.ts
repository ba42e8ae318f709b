/** Assignments before they are sent: the present one of a visit, and new ones for many stores shared among people. */
import type { Method, VisitRow } from '@/shared/api/types'
import type { BulkVisit } from '../../api/types'

/** The server takes at most this many visits at once. */
export const MOST_AT_ONCE = 500

/** What a visit's assignment says now, as the body that would say it again. */
export const assignmentOf = (visit: VisitRow): Omit<BulkVisit, 'id'> & Record<string, unknown> => ({
  wave_id: visit.wave_id,
  store_id: visit.store_id,
  method: visit.method,
  auditor_id: visit.auditor_id,
  due_on: visit.due_on,
  fee: visit.fee === null ? null : Number(visit.fee),
  script: visit.script,
  window: visit.window,
})

export interface Plan {
  wave_id: string
  method: Method
  due_on: string | null
  fee: number | null
  /** Shared out in turn; without people the visits wait for one. */
  people: readonly string[]
  perStore: number
}

/** One visit for each store and count, the people in turn, so that two visits at one store go to different people. */
export function shareOut(stores: readonly string[], plan: Plan, newId: () => string): BulkVisit[] {
  const { wave_id, method, due_on, fee, people } = plan
  const slots = Array.from({ length: plan.perStore }).flatMap((_, round) => stores.map((store_id, place) => ({ store_id, turn: place + round })))
  return slots.map(({ store_id, turn }) => ({
    id: newId(), wave_id, store_id, method, auditor_id: people.length ? people[turn % people.length]! : null, due_on, fee,
  }))
}

/** In lots that the server takes. */
export const inLots = <T>(items: readonly T[], size = MOST_AT_ONCE): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, lot) => items.slice(lot * size, (lot + 1) * size))

/** Being at the store: which visits are checked in, whose code was read, and what the server made of a check-in. */
import type { CheckIn, CheckInSeen, VisitRow } from '@/shared/api/types'
import { workOf } from './work'

const OPEN_METHODS = new Set<VisitRow['method']>(['announced', 'unannounced'])

/** Whether the store knows that somebody comes to look. */
export const isOpenMethod = (visit: VisitRow): boolean => OPEN_METHODS.has(visit.method)

/** Whether the person says "I am here" on this visit: never on covert ones, and only while it is being made. */
export const asksForCheckIn = (visit: VisitRow): boolean => isOpenMethod(visit) && ['start', 'fill'].includes(workOf(visit))

/** The id of the store whose code was read, or null for what is no store's code. Only the server can tell that it is genuine. */
export function storeOf(token: string): string | null {
  const found = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})\./.exec(token)
  return found ? found.slice(1).join('-') : null
}

/** The code in what a camera read: the address that hangs in the store, or the code by itself. */
export function tokenIn(text: string): string {
  const said = /[?&]store=([^&#\s]+)/.exec(text)?.[1]
  return said ? decodeURIComponent(said) : text.trim()
}

/** Whether this may be the eight letters below a store's code; only the server knows whose they are. */
export const isTyped = (text: string): boolean => /^[A-HJ-NP-Z2-9]{8}$/.test(text.replace(/[\s-]/g, '').toUpperCase())

/** The visits that may be checked in with this code, those of its store first. */
export function visitsFor(token: string, visits: VisitRow[]): { visit: VisitRow; isThere: boolean }[] {
  const store = storeOf(token)
  return visits
    .filter(asksForCheckIn)
    .map((visit) => ({ visit, isThere: visit.store.id === store }))
    .sort((a, b) => Number(b.isThere) - Number(a.isThere))
}

/** How a check-in stands: what the server found, else what the phone knows by itself. */
export function standingOf(checkIn: CheckIn, seen: CheckInSeen | null, visit: VisitRow): 'here' | 'elsewhere' | 'kept' {
  if (seen?.is_here === false) return 'elsewhere'
  if (seen?.is_here) return 'here'
  const read = storeOf(checkIn.store_token ?? '')
  return read && read !== visit.store.id ? 'elsewhere' : 'kept'
}

/** Metres as they are honestly said: to ten below a kilometre, then to a hundred. */
export const roundedMetres = (metres: number): number => (metres < 1000 ? Math.round(metres / 10) * 10 : Math.round(metres / 100) * 100)

/** What is new to the person: an assignment, a return, a deadline that is near. Each is news until its visit was opened. */
import type { VisitRow } from '@/shared/api/types'
import { daysUntil, workOf } from './work'

export type NewsKind = 'assigned' | 'returned' | 'deadline'

export interface News {
  kind: NewsKind
  visitId: string
  /** The same news has the same key; a second return or another deadline is another. */
  key: string
}

const NEAR_DAYS = 2

/** When the visit's present work is due, as a date or an instant; null without a deadline. */
export function deadlineOf(visit: VisitRow): string | null {
  const work = workOf(visit)
  if (work === 'return') return visit.return?.deadline ?? null
  if (work === 'follow_up') return visit.follow_up_due_at
  return work === 'start' || work === 'fill' || work === 'accept' ? visit.due_on : null
}

export const isNear = (deadline: string, now: Date): boolean => daysUntil(deadline, now) <= NEAR_DAYS

function newsOf(visit: VisitRow, now: Date): News[] {
  const work = workOf(visit)
  const deadline = deadlineOf(visit)
  const found: News[] = []
  const note = (kind: NewsKind, what: string): void => void found.push({ kind, visitId: visit.id, key: `${kind} ${visit.id} ${what}` })
  if (work === 'accept') note('assigned', '')
  if (work === 'return') note('returned', String(visit.return?.round))
  if (deadline && work !== 'accept' && isNear(deadline, now)) note('deadline', `${work} ${deadline}`)
  return found
}

/** Everything that is news and was not seen yet. */
export const unseenNews = (visits: VisitRow[], seen: ReadonlySet<string>, now: Date): News[] =>
  visits.flatMap((visit) => newsOf(visit, now)).filter(({ key }) => !seen.has(key))

export interface TimeLeft {
  days: number
  hours: number
  isOver: boolean
}

/** How long it is until an instant, in whole days and hours. */
export function timeLeft(until: string, now: Date): TimeLeft {
  const hours = Math.floor((new Date(until).getTime() - now.getTime()) / 3_600_000)
  return { days: Math.max(0, Math.floor(hours / 24)), hours: Math.max(0, hours % 24), isOver: hours < 0 }
}

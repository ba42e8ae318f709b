/** What a visit asks of its person now, read from what the server last said. */
import type { VisitRow } from '@/shared/api/types'

export type Work = 'accept' | 'start' | 'fill' | 'return' | 'follow_up' | 'wait' | 'over'

const OVER = new Set<VisitRow['state']>(['approved', 'published', 'locked', 'declined', 'expired', 'aborted', 'void'])

/** The next thing to do; `wait` means that others are at work. */
export function workOf(visit: VisitRow): Work {
  if (OVER.has(visit.state)) return 'over'
  if (visit.return) return 'return'
  if (visit.state === 'planned') return 'accept'
  if (visit.state === 'taken') return 'start'
  if (visit.state === 'in_progress') return 'fill'
  return visit.open_items?.length ? 'follow_up' : 'wait'
}

/** Days from today to a date, negative when it has passed. */
export function daysUntil(date: string, today: Date): number {
  const end = new Date(date.length === 10 ? `${date}T00:00:00` : date)
  const start = new Date(today.getFullYear(), today.getMonth(), today.getDate())
  return Math.floor((end.getTime() - start.getTime()) / 86_400_000)
}

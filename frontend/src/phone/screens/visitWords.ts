/** How a visit is put into words: its window, its due day, its fee. */
import { day, dateTime, shortDay, time } from '@/shared/format'
import { t } from '@/shared/i18n'
import type { VisitRow } from '@/shared/api/types'
import { timeLeft } from '../domain/news'
import { daysUntil } from '../domain/work'

type Fields = Record<string, unknown>

const asText = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

const isClock = (text: string): boolean => /^\d{1,2}:\d{2}/.test(text)

const isISO = (text: string): boolean => /^\d{4}-\d{2}-\d{2}(T|$)/.test(text)

function moment(text: string): string {
  if (isISO(text)) return text.length === 10 ? day(text) : dateTime(text)
  return isClock(text) ? text.slice(0, 5) : text
}

function span(from: string, to: string): string {
  const sameDay = isISO(from) && from.slice(0, 10) === to.slice(0, 10)
  // Word joiners keep a span such as 10:00–12:00 on one line.
  return `${moment(from)}\u2060–\u2060${sameDay && to.length > 10 ? time(to) : moment(to)}`
}

/** The time window `{from, until}` in words, each an ISO moment, a date, a clock time or free text; or an empty text. */
export function windowText(window: unknown): string {
  if (typeof window === 'string') return window
  const fields = (window ?? {}) as Fields
  const from = asText(fields.from)
  const to = asText(fields.until ?? fields.to)
  if (from && to) return span(from, to)
  return from || to ? moment(from || to) : ''
}

/** Due day with how near it is. */
export function dueText(due: string | null): string {
  if (!due) return ''
  const days = daysUntil(due, new Date())
  if (days < 0) return t('due.past', { day: shortDay(due) })
  return days === 0 ? t('due.today') : t('due.on', { day: shortDay(due), n: days }, days)
}

/** How much is left until an instant: `还剩 3 天 4 小时`. */
export function leftWords(until: string, now: Date): string {
  const { days, hours, isOver } = timeLeft(until, now)
  if (isOver) return t('followUp.over')
  return days ? t('followUp.daysLeft', { days, hours }) : t('followUp.hoursLeft', { hours })
}

export const isPast = (due: string | null): boolean => due !== null && daysUntil(due, new Date()) < 0

export const feeText = (fee: VisitRow['fee']): string => (fee === null || fee === undefined ? '' : t('visit.feeValue', { fee }))

/** Method, window and wave on one line. */
export const lineOf = (visit: VisitRow): string =>
  [t(`method.${visit.method}`), windowText(visit.window), visit.wave?.name].filter(Boolean).join(' · ')

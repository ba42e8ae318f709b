/** A subscription as its form holds it, and what of it the server is told. */
import type { Choices, Subscription, SubscriptionBody, SubscriptionKind } from '../../api/subscriptions'

export interface Draft {
  kind: SubscriptionKind
  /** Empty for all programmes. */
  programme: string
  weekday: number
  hour: number
  email: boolean
  /** Empty for the person's own address. */
  address: string
  hook: boolean
  webhook: string
}

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const
export const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
export const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`

/** The form of a subscription, or of a new one for the programme that was looked at. */
export function draftOf(one: Subscription | null, programme: string, choices: Choices): Draft {
  return {
    kind: one?.kind ?? 'red_line',
    programme: one ? (one.programme ?? '') : programme,
    weekday: one?.weekday ?? 1,
    hour: one?.hour ?? 9,
    email: one?.email ?? false,
    address: one?.address ?? choices.address ?? '',
    hook: Boolean(one?.webhook),
    webhook: one?.webhook ?? '',
  }
}

export function bodyOf(draft: Draft, active: boolean): SubscriptionBody {
  const weekly = draft.kind === 'weekly_summary'
  return {
    kind: draft.kind,
    programme: draft.programme || null,
    weekday: weekly ? draft.weekday : null,
    hour: weekly ? draft.hour : null,
    active,
    email: draft.email,
    address: draft.email ? draft.address.trim() || null : null,
    webhook: draft.hook ? draft.webhook.trim() || null : null,
  }
}

/** What a row keeps when only its switch is turned. */
export function switched(one: Subscription, active: boolean): SubscriptionBody {
  const { kind, programme, weekday, hour, email, address, webhook } = one
  return { kind, programme, weekday, hour, active, email, address, webhook }
}

export const isComplete = (draft: Draft, choices: Choices): boolean =>
  (!draft.email || draft.address.trim() !== '' || choices.address !== null) && (!draft.hook || draft.webhook.trim() !== '')

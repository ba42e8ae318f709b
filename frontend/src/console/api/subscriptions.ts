/** One's own subscriptions with their delivery log, messages, and the two links that mails carry. */
import { api } from '@/shared/api/client'
import type { Page } from '@/shared/api/client'

export type SubscriptionKind = 'weekly_summary' | 'red_line'
export type DeliveryState = 'waiting' | 'sent' | 'failed' | 'dropped'

interface Fault {
  code: string
  message: string
}

export interface SubscriptionBody {
  kind: SubscriptionKind
  /** Code; null for all programmes. */
  programme: string | null
  weekday: number | null
  hour: number | null
  active: boolean
  email: boolean
  /** Null for the person's own address. */
  address: string | null
  webhook: string | null
}

export interface Subscription extends SubscriptionBody {
  id: string
  confirmed: boolean
  writes_to: string | null
  email_fault: Fault | null
  has_secret: boolean
  webhook_fault: Fault | null
  due_at: string | null
  told_until: string | null
  created_at: string
}

/** What this person may choose. */
export interface Choices {
  email: boolean
  address: string | null
  webhook: boolean
  time_zone: string
}

export interface SubscriptionPage extends Page<Subscription> {
  choices: Choices
}

export interface DeliveryTry {
  at: string
  duration_ms: number
  status: number | null
  fault: Fault | null
  excerpt: string | null
}

export interface Delivery {
  id: string
  channel: 'email' | 'webhook'
  kind: SubscriptionKind | 'test' | 'confirm'
  state: DeliveryState
  at: string
  due_at: string | null
  tries: DeliveryTry[]
}

export interface MessageLine {
  words: string
  page: string | null
}

export interface Message {
  id: string
  kind: string
  title: string
  lines: MessageLine[]
  page: string | null
  at: string
  read_at: string | null
}

const one = (id: string, step = ''): string => `/subscriptions/${id}${step}`

export const readSubscriptions = (after: string | null, signal: AbortSignal): Promise<SubscriptionPage> => api.get<SubscriptionPage>('/subscriptions', { after }, signal)
export const putSubscription = (id: string, body: SubscriptionBody): Promise<Subscription> => api.put<Subscription>(one(id), body)
export const dropSubscription = (id: string): Promise<null> => api.delete(one(id))
export const makeSecret = (id: string): Promise<{ secret: string }> => api.post<{ secret: string }>(one(id, '/secret'), {})
export const sendTest = (id: string): Promise<Page<Delivery>> => api.post<Page<Delivery>>(one(id, '/test'), {})
export const askToConfirm = (id: string): Promise<Delivery> => api.post<Delivery>(one(id, '/confirmation'), {})
export const resume = (id: string): Promise<Subscription> => api.put<Subscription>(one(id, '/resumption'), {})

export const readDeliveries = (id: string, after: string | null, signal: AbortSignal): Promise<Page<Delivery>> =>
  api.get<Page<Delivery>>(one(id, '/deliveries'), { after, limit: 20 }, signal)
export const deliverAgain = (id: string, delivery: string): Promise<Delivery> => api.post<Delivery>(one(id, `/deliveries/${delivery}/again`), {})

export const readMessages = (unread: boolean, after: string | null, signal: AbortSignal): Promise<Page<Message>> =>
  api.get<Page<Message>>('/messages', { unread, after, limit: 20 }, signal)
export const countUnread = (): Promise<{ unread: number }> => api.get<{ unread: number }>('/messages/unread')
export const markRead = (id: string): Promise<Message> => api.put<Message>(`/messages/${id}/read`, {})
export const markAllRead = (until: string): Promise<{ unread: number }> => api.put<{ unread: number }>('/messages/read', { until })

export const confirmAddress = (token: string): Promise<null> => api.post<null>('/confirmations', { token })
export const unsubscribe = (token: string): Promise<null> => api.post<null>(`/unsubscribe?token=${encodeURIComponent(token)}`, {})

/**
 * What waits to be sent, as a pure state machine: an item, an event, the next item. Nothing here reads a clock, a network
 * or a database, and no event ever removes an item.
 *
 *   waiting -> sending -> done                      words
 *   waiting -> sending -> confirming -> done        files: bytes are there, the server has yet to confirm their hash
 *   attention -> done                               files: their owner told the reviewers that they are lost
 *   waiting -> sending -> done                      quick copies: also when refused for good, for nobody misses one
 *   any failure: waiting (with a time), sign_in, refresh or attention, as the status says
 */
import { remedyFor } from '@/shared/api/problem'
import type { OutboxRecord } from '../store/records'

export type Item = Pick<OutboxRecord, 'id' | 'kind' | 'media' | 'any_network' | 'size' | 'state' | 'attempts' | 'not_before'>

export type OutboxEvent =
  | { type: 'started' }
  | { type: 'bytes_sent' }
  | { type: 'confirmed' }
  | { type: 'failed'; status: number; retryAfter: number | null; now: number; random: number }
  | { type: 'interrupted' }
  | { type: 'network_back' }
  | { type: 'signed_in' }
  | { type: 'asked_again' }
  | { type: 'any_network' }
  | { type: 'given_up' }

const FIRST_DELAY_MS = 2_000
const LONGEST_DELAY_MS = 300_000
/** Bytes were damaged on the way: worth sending again, but not for ever. */
const DAMAGED = 460
const DAMAGED_ATTEMPTS = 3

/** Doubles from 2 s to 5 min, spread by up to a quarter so that phones do not come back in step. */
export const delayFor = (attempts: number, random: number): number =>
  Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts, 12)) * (0.75 + random / 4)

const rested = <T extends Item>(item: T, changes: Partial<Item>): T => ({ ...item, ...changes })

type Failure = Extract<OutboxEvent, { type: 'failed' }>

const isRetried = (item: Item, status: number): boolean =>
  remedyFor(status) === 'retry' || (status === DAMAGED && item.attempts + 1 < DAMAGED_ATTEMPTS)

function afterFailure<T extends Item>(item: T, { status, retryAfter, now, random }: Failure): T {
  const attempts = item.attempts + 1
  if (isRetried(item, status)) {
    const wait = Math.max(delayFor(item.attempts, random), (retryAfter ?? 0) * 1000)
    return rested(item, { state: 'waiting', attempts, not_before: now + wait })
  }
  const remedy = remedyFor(status)
  if (item.kind === 'quick' && remedy !== 'sign_in') return rested(item, { state: 'done', attempts })
  return rested(item, { state: remedy === 'retry' ? 'attention' : remedy, attempts })
}

const fresh = { state: 'waiting', attempts: 0, not_before: 0 } as const

/** The item after the event; an event that means nothing in this state changes nothing. */
export function step<T extends Item>(item: T, event: OutboxEvent): T {
  if (item.state === 'done') return item
  switch (event.type) {
    case 'started':
      return rested(item, { state: 'sending' })
    case 'bytes_sent':
      return rested(item, { state: 'confirming' })
    case 'confirmed':
      return rested(item, { state: 'done', attempts: 0 })
    case 'failed':
      return afterFailure(item, event)
    case 'interrupted':
      return item.state === 'sending' || item.state === 'confirming' ? rested(item, { state: 'waiting' }) : item
    case 'network_back':
      return item.state === 'waiting' ? rested(item, { not_before: 0 }) : item
    case 'signed_in':
      return item.state === 'sign_in' ? rested(item, fresh) : item
    case 'asked_again':
      return item.state === 'sending' || item.state === 'confirming' ? item : rested(item, fresh)
    case 'any_network':
      return item.kind === 'file' ? rested(item, { any_network: true }) : item
    case 'given_up':
      return item.kind === 'file' && item.state === 'attention' ? rested(item, { state: 'done' }) : item
  }
}

const isDue = (item: Item, now: number): boolean => item.state === 'waiting' && item.not_before <= now

const LANES = { words: 0, quick: 1, file: 2 } as const
const LAST_LANE = 3

// Words of every visit go before any byte, then the quick copies, then the originals from small to large; videos last.
const laneOf = ({ kind, media }: Item): number => (kind === 'file' && media === 'video' ? LAST_LANE : LANES[kind])

/** The order in which items are sent. */
export const order = (a: Item, b: Item): number => laneOf(a) - laneOf(b) || a.size - b.size

/** Whether the item waits for Wi-Fi: a video, unless the person said that this one may go over mobile data. */
export const waitsForWifi = ({ kind, media, any_network }: Pick<Item, 'kind' | 'media' | 'any_network'>, spares: boolean): boolean =>
  spares && kind === 'file' && media === 'video' && !any_network

/** The item to send now, or null. One at a time: nothing is due while something is being sent. `spares`: videos wait for Wi-Fi. */
export function next<T extends Item>(items: readonly T[], now: number, spares = false): T | null {
  if (items.some(({ state }) => state === 'sending' || state === 'confirming')) return null
  return items.filter((item) => isDue(item, now) && !waitsForWifi(item, spares)).sort(order)[0] ?? null
}

/** When to look again, in milliseconds since 1970, or null when only a person or the network can help. */
export function wakeAt(items: readonly Item[], spares = false): number | null {
  const times = items.filter((item) => item.state === 'waiting' && !waitsForWifi(item, spares)).map(({ not_before }) => not_before)
  return times.length ? Math.min(...times) : null
}

/** States in which a person has to do something. */
export const needsPerson = ({ state }: Pick<Item, 'state'>): boolean => state === 'attention' || state === 'refresh' || state === 'sign_in'

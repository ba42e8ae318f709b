/** The one outbox of the app: started after sign-in, woken by the network, the clock and the person. */
import { liveQuery } from 'dexie'
import { session } from '@/shared/session'
import { untold } from '../store/consent'
import { database } from '../store/database'
import { outboxItems, saveItem } from '../store/line'
import { tellConsents } from './consents'
import { syncDrafts } from './draftSync'
import { followNetwork, sparesVideos } from './mobileData'
import { createRunner } from './runner'
import type { Runner } from './runner'
import { send, settle } from './send'
import type { OutboxEvent } from './machine'
import { step } from './machine'

const DRAFT_DELAY_MS = 3_000

const alone = async (work: () => Promise<void>): Promise<void> => {
  if (!navigator.locks) return work()
  await navigator.locks.request(`mingcha-outbox-${session.person?.id}`, { ifAvailable: true }, (lock) => (lock ? work() : undefined))
}

function later(work: () => void, milliseconds: number): () => void {
  const timer = setTimeout(work, milliseconds)
  return () => clearTimeout(timer)
}

const isOnline = (): boolean => navigator.onLine && session.status !== 'anonymous'

let runner: Runner | null = null
let endDraftSync: () => void = () => undefined
let endNetwork: () => void = () => undefined
let endConsents: () => void = () => undefined

// Something that was under way when the app was closed waits again; the server knows how far it came. Whoever opens the app
// wants it sent now, however long an earlier failure was to be waited for.
const recover = (): Promise<void> =>
  alone(async () => {
    for (const item of await outboxItems()) {
      const changed = step(step(item, { type: 'interrupted' }), { type: 'network_back' })
      if (changed !== item) await saveItem(changed)
    }
  })

function followDrafts(): () => void {
  let cancel: () => void = () => undefined
  const soon = (): void => {
    cancel()
    cancel = later(() => void (isOnline() && syncDrafts()), DRAFT_DELAY_MS)
  }
  const subscription = liveQuery(() => database().drafts.toArray()).subscribe({ next: soon })
  return () => (subscription.unsubscribe(), cancel())
}

// What was agreed to is told as soon as it changes; what fails then is told again with the next start or network.
function followConsents(): () => void {
  const subscription = liveQuery(untold).subscribe({ next: (line) => void (line.length && isOnline() && tellConsents()) })
  return () => subscription.unsubscribe()
}

/** Starts sending for the person whose database is open. */
export async function startOutbox(): Promise<void> {
  stopOutbox()
  await recover()
  runner = createRunner({ items: outboxItems, save: saveItem, send, settle, isOnline, sparesVideos, now: Date.now, random: Math.random, alone, later })
  endDraftSync = followDrafts()
  endNetwork = followNetwork(() => void wakeOutbox())
  endConsents = followConsents()
  await runner.tell({ type: 'signed_in' })
}

export function stopOutbox(): void {
  runner?.stop()
  runner = null
  endDraftSync()
  endNetwork()
  endConsents()
}

/** Looks again now: after something was added. */
export const wakeOutbox = (): Promise<void> => runner?.wake() ?? Promise.resolve()

/** The network came back: what waits for a time need not wait longer. */
export async function networkBack(): Promise<void> {
  await runner?.tell({ type: 'network_back' })
  await tellConsents()
  await syncDrafts().catch(() => undefined)
}

async function changeByHand(id: string, event: OutboxEvent): Promise<void> {
  const item = await database().outbox.get(id)
  if (item) await saveItem(step(item, event))
  await wakeOutbox()
}

/** The person asks to try this item again. */
export const tryAgain = (id: string): Promise<void> => changeByHand(id, { type: 'asked_again' })

/** The person sends this one now, whatever the network costs. */
export const sendOnAnyNetwork = (id: string): Promise<void> => changeByHand(id, { type: 'any_network' })

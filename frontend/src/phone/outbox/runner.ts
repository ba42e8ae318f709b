/** Drives the outbox: one item at a time, forever again, until nothing is due. What "send" means is the ports' business. */
import { asProblem } from '@/shared/api/problem'
import type { OutboxReason, OutboxRecord } from '../store/records'
import { next, step, wakeAt } from './machine'
import type { OutboxEvent } from './machine'

export interface Ports {
  items: () => Promise<OutboxRecord[]>
  save: (item: OutboxRecord) => Promise<void>
  /** Sends words or bytes; resolves when the server confirmed them, rejects with a Problem. */
  send: (item: OutboxRecord, onBytesSent: () => Promise<void>) => Promise<void>
  /** Keeps the item that is done and does what that allows. */
  settle: (item: OutboxRecord) => Promise<void>
  isOnline: () => boolean
  /** Whether videos wait for another network than the present one. */
  sparesVideos: () => boolean
  now: () => number
  random: () => number
  /** Runs the work unless another tab is running it. */
  alone: (work: () => Promise<void>) => Promise<void>
  later: (work: () => void, milliseconds: number) => () => void
}

export interface Runner {
  /** Looks whether something is due; resolves when nothing is. */
  wake: () => Promise<void>
  /** Tells every item what happened, then wakes. */
  tell: (event: OutboxEvent) => Promise<void>
  stop: () => void
}

function reasonOf(error: unknown): OutboxReason {
  const { status, code, detail, title, errors, message } = asProblem(error)
  return { status, code, text: detail || title || (status > 0 ? message : ''), errors: errors.map((one) => ({ ...one })) }
}

async function sendOne(ports: Ports, item: OutboxRecord): Promise<void> {
  let current = step(item, { type: 'started' })
  await ports.save(current)
  try {
    await ports.send(current, async () => {
      current = step(current, { type: 'bytes_sent' })
      await ports.save(current)
    })
    await ports.settle({ ...step(current, { type: 'confirmed' }), reason: null })
  } catch (error) {
    const failed = { ...step(current, failure(ports, error)), reason: reasonOf(error) }
    await (failed.state === 'done' ? ports.settle(failed) : ports.save(failed))
  }
}

function failure(ports: Ports, error: unknown): OutboxEvent {
  const { status, retryAfter } = asProblem(error)
  return { type: 'failed', status, retryAfter, now: ports.now(), random: ports.random() }
}

/** A runner over the given ports; it does nothing until it is woken. */
export function createRunner(ports: Ports): Runner {
  let running: Promise<void> | null = null
  let wokenAgain = false
  let cancelTimer: () => void = () => undefined

  async function drain(): Promise<void> {
    while (ports.isOnline()) {
      const item = next(await ports.items(), ports.now(), ports.sparesVideos())
      if (!item) break
      await sendOne(ports, item)
    }
  }

  async function plan(): Promise<void> {
    cancelTimer()
    const at = wakeAt(await ports.items(), ports.sparesVideos())
    if (at !== null && ports.isOnline()) cancelTimer = ports.later(() => void wake(), Math.max(1000, at - ports.now()))
  }

  async function run(): Promise<void> {
    do {
      wokenAgain = false
      await ports.alone(drain)
    } while (wokenAgain)
    await plan()
  }

  async function wake(): Promise<void> {
    wokenAgain = true
    running ??= run().finally(() => (running = null))
    await running
  }

  async function tell(event: OutboxEvent): Promise<void> {
    for (const item of await ports.items()) {
      const changed = step(item, event)
      if (changed !== item) await ports.save(changed)
    }
    await wake()
  }

  return { wake, tell, stop: () => cancelTimer() }
}

/**
 * Writing to a database that the browser may close under our hands, or that may be full. What failed because the
 * connection was gone is done once more on a new one; a write that failed for good is known to the whole app until the
 * next one goes well, so that nobody believes something kept that is not.
 */
import { ref } from 'vue'

export type StorageTrouble = 'full' | 'closed' | null

/** Why the last write did not go well; null after one that did. */
export const storageTrouble = ref<StorageTrouble>(null)

interface Nested {
  name?: string
  message?: string
  inner?: unknown
  cause?: unknown
}

function* within(error: unknown): Generator<Nested> {
  for (let one = error as Nested | null, depth = 0; one && depth < 5; depth += 1) {
    yield one
    one = (one.inner ?? one.cause ?? null) as Nested | null
  }
}

const some = (error: unknown, holds: (one: Nested) => boolean): boolean => [...within(error)].some(holds)

/** Whether the phone has no room for what was to be written. */
export const isFull = (error: unknown): boolean => some(error, ({ name, message }) => /quota|full disk|disk (is )?full/i.test(`${name} ${message}`))

// iOS calls a connection that it dropped "unknown"; a transaction that was cut off in the middle ends as aborted.
const CLOSED = new Set(['DatabaseClosedError', 'InvalidStateError', 'UnknownError', 'AbortError', 'TransactionInactiveError'])

/** Whether the browser closed the database, so that the same work may go well on a new connection. */
export const isClosed = (error: unknown): boolean => !isFull(error) && some(error, ({ name }) => CLOSED.has(name ?? ''))

function told(error: unknown): unknown {
  if (isFull(error)) storageTrouble.value = 'full'
  else if (isClosed(error)) storageTrouble.value = 'closed'
  return error
}

async function done<T>(work: () => PromiseLike<T>): Promise<T> {
  const result = await work()
  storageTrouble.value = null
  return result
}

/** Does the work; where the connection was gone, once more after `reopen`. All or nothing either way: a cut-off transaction left no trace. */
export async function steadily<T>(reopen: () => PromiseLike<unknown>, work: () => PromiseLike<T>): Promise<T> {
  try {
    return await done(work)
  } catch (error) {
    if (!isClosed(error)) throw told(error)
  }
  try {
    await reopen()
    return await done(work)
  } catch (error) {
    throw told(error)
  }
}

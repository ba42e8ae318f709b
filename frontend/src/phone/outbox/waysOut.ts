/** The ways out for a file that cannot be sent as it is: no trouble without one. */
import type { OutboxRecord } from '../store/records'

export type WayOut = 'again' | 'retake' | 'send_as_is' | 'say_lost'

type Troubled = Pick<OutboxRecord, 'kind' | 'state' | 'reason'>

const WAYS = new Map<string, WayOut[]>([
  // Sending a damaged copy again cannot help; what is left of it may still prove something.
  ['copy_damaged', ['retake', 'send_as_is', 'say_lost']],
  ['bytes_missing', ['retake', 'say_lost']],
  ['wrong-bytes', ['again', 'retake', 'say_lost']],
])

/** What the person can do about the item, the best first; nothing while no person is needed. */
export function waysOut({ kind, state, reason }: Troubled): WayOut[] {
  if (state !== 'attention') return []
  return (kind === 'file' && WAYS.get(reason?.code ?? '')) || ['again']
}

const LOST = 'lost'

/** The item's reason after its owner said that the file is lost. */
export const lostReason = (comment: string): NonNullable<OutboxRecord['reason']> => ({ status: 0, code: LOST, text: comment, errors: [] })

export const isGivenUp = ({ state, reason }: Pick<OutboxRecord, 'state' | 'reason'>): boolean => state === 'done' && reason?.code === LOST

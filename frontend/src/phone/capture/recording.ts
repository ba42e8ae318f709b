/**
 * A recording as a pure state machine: an event, the next state. Nothing here reads a clock, a camera or a database.
 *
 *   ready -> recording -> stopping -> kept | failed
 *
 * It stops by itself when the screen is left, the app is hidden for long, the phone has little room, a limit is reached,
 * or the camera goes away; `endedBy` says which, so that the person is told.
 */
import type { RecordingMark } from '../store/records'

export type Phase = 'ready' | 'recording' | 'stopping' | 'kept' | 'failed'
export type EndReason = 'person' | 'left' | 'hidden' | 'storage' | 'limit' | 'source'

export interface Limits {
  milliseconds: number
  bytes: number
  /** Below so many free bytes it ends, while what is there can still be put together. */
  room: number
}

export interface Recording {
  phase: Phase
  startedAt: number
  elapsedMs: number
  bytes: number
  hiddenSince: number | null
  marks: RecordingMark[]
  endedBy: EndReason | null
}

export type RecordingEvent =
  | { type: 'started'; at: number }
  | { type: 'ticked'; at: number; free: number | null }
  | { type: 'chunk'; bytes: number }
  | { type: 'hidden'; at: number }
  | { type: 'shown'; at: number }
  | { type: 'ended'; by: EndReason }
  | { type: 'marked'; checkpoint: string; at: number }
  | { type: 'unmarked'; checkpoint: string }
  | { type: 'kept' }
  | { type: 'failed' }

export const LONGEST_HIDDEN_MS = 10_000

const MB = 1_000_000
export const LIMITS: Record<'video' | 'audio', Limits> = {
  video: { milliseconds: 20 * 60_000, bytes: 1_000 * MB, room: 150 * MB },
  audio: { milliseconds: 120 * 60_000, bytes: 200 * MB, room: 30 * MB },
}

export const ready = (): Recording => ({
  phase: 'ready', startedAt: 0, elapsedMs: 0, bytes: 0, hiddenSince: null, marks: [], endedBy: null,
})

const ended = (state: Recording, endedBy: EndReason): Recording => ({ ...state, phase: 'stopping', endedBy })

const wasHiddenLong = ({ hiddenSince }: Recording, at: number): boolean => hiddenSince !== null && at - hiddenSince >= LONGEST_HIDDEN_MS

/** Why it has to end now, or null while it may go on. */
function mustEnd(state: Recording, limits: Limits, at: number, free: number | null): EndReason | null {
  if (wasHiddenLong(state, at)) return 'hidden'
  // Putting the chunks together takes their own size once more.
  if (free !== null && free < limits.room + state.bytes) return 'storage'
  return state.elapsedMs >= limits.milliseconds || state.bytes >= limits.bytes ? 'limit' : null
}

function timed(state: Recording, limits: Limits, at: number, free: number | null): Recording {
  const now = { ...state, elapsedMs: at - state.startedAt }
  const reason = mustEnd(now, limits, at, free)
  return reason ? ended(now, reason) : now
}

const without = (marks: RecordingMark[], checkpoint: string): RecordingMark[] => marks.filter((mark) => mark.checkpoint !== checkpoint)

function whileRecording(state: Recording, event: RecordingEvent, limits: Limits): Recording {
  switch (event.type) {
    case 'ticked':
      return timed(state, limits, event.at, event.free)
    case 'hidden':
      return { ...state, hiddenSince: state.hiddenSince ?? event.at }
    case 'shown':
      return { ...timed(state, limits, event.at, null), hiddenSince: null }
    case 'ended':
      return ended(state, event.by)
    case 'marked':
      return { ...state, marks: [...without(state.marks, event.checkpoint), { checkpoint: event.checkpoint, at_ms: event.at - state.startedAt }] }
    case 'unmarked':
      return { ...state, marks: without(state.marks, event.checkpoint) }
    default:
      return state
  }
}

/** The state after the event; an event that means nothing in this phase changes nothing. */
export function step(state: Recording, event: RecordingEvent, limits: Limits): Recording {
  if (event.type === 'chunk') return { ...state, bytes: state.bytes + event.bytes }
  if (event.type === 'started') return state.phase === 'ready' ? { ...ready(), phase: 'recording', startedAt: event.at } : state
  if (event.type === 'failed') return state.phase === 'kept' ? state : { ...state, phase: 'failed' }
  if (event.type === 'kept') return state.phase === 'stopping' ? { ...state, phase: 'kept' } : state
  return state.phase === 'recording' ? whileRecording(state, event, limits) : state
}

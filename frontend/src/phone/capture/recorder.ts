/** Drives one recording: chunks to the database as they come, the state machine fed with time, room and what the page does. */
import { shallowRef } from 'vue'
import type { Ref } from 'vue'
import { newId } from '../store/device'
import type { EvidenceRecord, RecordingRecord } from '../store/records'
import { beginRecording, dropRecording, keepPosition, whileRunning } from '../store/recordings'
import { closeStream, formatFor, plainType } from './camera'
import type { Target } from './capture'
import { chunkWriter } from './chunkWriter'
import { finishRecording } from './finishing'
import { positionNow } from './position'
import { LIMITS, ready, step } from './recording'
import type { EndReason, Recording, RecordingEvent } from './recording'
import { roomNow } from './room'

/** A crash loses what came after the last chunk. */
const CHUNK_MS = 1_000
const TICK_MS = 500
/** How long a browser may take to hand over the last chunk; some never do when the camera was taken away. */
const LAST_CHUNK_MS = 5_000
const BITS = { videoBitsPerSecond: 2_500_000, audioBitsPerSecond: 96_000 }

export interface Recorder {
  kind: 'video' | 'audio'
  target: Target
  stream: MediaStream
  state: Readonly<Ref<Recording>>
  end: (by: EndReason) => void
  /** Marks this moment for the checkpoint, or takes its mark back. */
  toggleMark: (checkpoint: string) => void
  /** The evidence that became of it, or null when nothing was recorded; rejects while its chunks stay to be finished later. */
  finished: Promise<EvidenceRecord | null>
}

/** Follows what ends a recording from outside; answers how to stop following. */
function followPage(tell: (event: RecordingEvent) => void): () => void {
  const visibility = (): void => tell({ type: document.visibilityState === 'hidden' ? 'hidden' : 'shown', at: Date.now() })
  const leaving = (): void => tell({ type: 'ended', by: 'left' })
  document.addEventListener('visibilitychange', visibility)
  window.addEventListener('pagehide', leaving)
  return () => {
    document.removeEventListener('visibilitychange', visibility)
    window.removeEventListener('pagehide', leaving)
  }
}

function mediaRecorderOf(kind: 'video' | 'audio', stream: MediaStream): { media: MediaRecorder; mediaType: string } {
  const mimeType = formatFor(kind, (type) => MediaRecorder.isTypeSupported(type))
  const media = new MediaRecorder(stream, { ...(mimeType && { mimeType }), ...BITS })
  return { media, mediaType: plainType(mimeType ?? media.mimeType) || `${kind}/webm` }
}

const recordOf = (id: string, kind: 'video' | 'audio', mediaType: string, { visitId, draftId, checkpoint }: Target): RecordingRecord => ({
  id, visit_id: visitId, draft_id: draftId, checkpoint, kind, media_type: mediaType, started_at: new Date().toISOString(), position: null, marks: [],
})

/** Begins to record the stream, which is the recorder's to close from here on. Throws when nothing could be begun. */
export async function startRecorder(kind: 'video' | 'audio', stream: MediaStream, target: Target): Promise<Recorder> {
  const id = newId()
  const { media, mediaType } = mediaRecorderOf(kind, stream)
  await beginRecording(recordOf(id, kind, mediaType, target))
  const recorder = driven(id, { kind, target, stream }, media)
  try {
    media.start(CHUNK_MS)
  } catch (error) {
    recorder.end('source')
    await dropRecording(id)
    throw error
  }
  void positionNow().then((position) => position && keepPosition(id, position))
  return recorder
}

/** Asks the browser to end it, and tells when it has handed everything over, or is no longer waited for. */
function endOf(media: MediaRecorder): { ask: () => void; over: Promise<void> } {
  let settle: () => void = () => undefined
  const over = new Promise<void>((resolve) => (settle = resolve))
  media.onstop = () => settle()
  const ask = (): void => {
    if (media.state !== 'inactive') media.stop()
    setTimeout(settle, LAST_CHUNK_MS)
  }
  return { ask, over }
}

function driven(id: string, what: Pick<Recorder, 'kind' | 'target' | 'stream'>, media: MediaRecorder): Recorder {
  const state = shallowRef(step(ready(), { type: 'started', at: Date.now() }, LIMITS[what.kind]))
  const end = endOf(media)
  const writer = chunkWriter(id, () => tell({ type: 'ended', by: 'storage' }))

  function tell(event: RecordingEvent): void {
    const before = state.value
    state.value = step(before, event, LIMITS[what.kind])
    if (state.value.marks !== before.marks) writer.marks(state.value.marks)
    if (before.phase === 'recording' && state.value.phase === 'stopping') end.ask()
  }

  const timer = setInterval(() => void roomNow().then((free) => tell({ type: 'ticked', at: Date.now(), free })), TICK_MS)
  const unfollow = followPage(tell)
  // The phone took the camera away: a call came in, or the permission was withdrawn.
  for (const track of what.stream.getTracks()) track.addEventListener('ended', () => tell({ type: 'ended', by: 'source' }))
  media.onerror = () => tell({ type: 'ended', by: 'source' })
  media.ondataavailable = ({ data }) => {
    if (!data.size) return
    writer.chunk(data, Date.now() - state.value.startedAt)
    tell({ type: 'chunk', bytes: data.size })
  }
  async function concluded(): Promise<EvidenceRecord | null> {
    await end.over
    // It may have stopped by itself, with all of its tracks.
    tell({ type: 'ended', by: 'source' })
    clearInterval(timer)
    unfollow()
    closeStream(what.stream)
    await writer.settled()
    return finishRecording(id)
  }

  const finished = concluded()
  finished.then(() => tell({ type: 'kept' }), () => tell({ type: 'failed' }))
  whileRunning(id, finished)
  const toggleMark = (checkpoint: string): void => {
    const isMarked = state.value.marks.some((mark) => mark.checkpoint === checkpoint)
    tell(isMarked ? { type: 'unmarked', checkpoint } : { type: 'marked', checkpoint, at: Date.now() })
  }
  return { ...what, state, finished, toggleMark, end: (by) => tell({ type: 'ended', by }) }
}

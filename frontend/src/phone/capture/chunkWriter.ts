/** Writes a recording to the database in the order in which it comes, so that what is kept of it never has a gap. */
import type { RecordingMark } from '../store/records'
import { keepChunk, keepMarks } from '../store/recordings'

export interface ChunkWriter {
  chunk: (blob: Blob, endsMs: number) => void
  marks: (marks: RecordingMark[]) => void
  /** Resolves when everything that was given so far is written, or lost. */
  settled: () => Promise<void>
}

/** After a chunk that could not be written nothing more is: a film goes on only until its first missing part. */
export function chunkWriter(recordingId: string, onLost: () => void): ChunkWriter {
  let [queue, number, isBroken] = [Promise.resolve(), 0, false]

  const lost = (): void => {
    isBroken = true
    onLost()
  }
  const write = async (blob: Blob, endsMs: number): Promise<void> => {
    if (isBroken) return
    await keepChunk({ recording_id: recordingId, number: (number += 1), blob, ends_ms: endsMs })
  }

  return {
    chunk: (blob, endsMs) => void (queue = queue.then(() => write(blob, endsMs)).catch(lost)),
    // A mark that cannot be written now is written with the next one: the list is always whole.
    marks: (marks) => void (queue = queue.then(() => keepMarks(recordingId, marks)).catch(() => undefined)),
    settled: async () => {
      for (let seen: Promise<void> | null = null; seen !== queue; await seen) seen = queue
    },
  }
}

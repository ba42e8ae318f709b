/** Recordings while they run: every chunk is on the phone before the next one comes, so that a crash loses two seconds at most. */
import type { Position } from '@/shared/api/types'
import { database } from './database'
import type { ChunkRecord, RecordingMark, RecordingRecord } from './records'

const lockOf = (id: string): string => `mingcha-recording-${id}`

/** Whether a recording is on the phone that no file was made of yet. */
export const hasRecordings = async (): Promise<boolean> => (await database().recordings.count()) > 0

export const beginRecording = async (record: RecordingRecord): Promise<void> => void (await database().recordings.add(record))

export const keepChunk = async (chunk: ChunkRecord): Promise<void> => void (await database().chunks.put(chunk))

export const keepMarks = async (id: string, marks: RecordingMark[]): Promise<void> => void (await database().recordings.update(id, { marks }))

export const keepPosition = async (id: string, position: Position): Promise<void> =>
  void (await database().recordings.update(id, { position }))

export const readRecording = (id: string): Promise<RecordingRecord | undefined> => database().recordings.get(id)

export const chunksOf = (id: string): Promise<ChunkRecord[]> => database().chunks.where('recording_id').equals(id).sortBy('number')

/** Forgets a recording and its chunks: it holds nothing, or its owner threw it away. */
export async function dropRecording(id: string): Promise<void> {
  const { recordings, chunks } = database()
  await database().transaction('rw', recordings, chunks, async () => {
    await chunks.where('recording_id').equals(id).delete()
    await recordings.delete(id)
  })
}

// Browsers without locks know at least of their own page.
const runningHere = new Set<string>()

/** Marks the recording as running in this page until the promise settles, however the page ends. */
export function whileRunning(id: string, until: Promise<unknown>): void {
  const over = until.then(() => void runningHere.delete(id), () => void runningHere.delete(id))
  runningHere.add(id)
  void navigator.locks?.request(lockOf(id), () => over)
}

/** Does the work once the recording runs in no page any more: a page that is just being closed may still hold it. */
export async function onceOver<T>(id: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks ? navigator.locks.request(lockOf(id), work) : work()
}

/** The recordings that do not run in this page: those over which the app was closed, and those of another tab. */
export async function recordingsOfOthers(): Promise<string[]> {
  return (await database().recordings.toCollection().primaryKeys()).filter((id) => !runningHere.has(id))
}

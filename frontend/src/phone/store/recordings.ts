/** Recordings while they run: every chunk is on the phone before the next one comes, so that a crash loses two seconds at most. */
import type { Position } from '@/shared/api/types'
import { database } from './database'
import type { ChunkRecord, RecordingMark, RecordingRecord } from './records'

const lockOf = (id: string): string => `mingcha-recording-${id}`

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

async function runningElsewhere(): Promise<Set<string>> {
  const held = (await navigator.locks?.query())?.held ?? []
  return new Set(held.map(({ name }) => name ?? ''))
}

/** The recordings over which the app was closed, oldest first. */
export async function unfinishedIds(): Promise<string[]> {
  const [ids, elsewhere] = await Promise.all([database().recordings.toCollection().primaryKeys(), runningElsewhere()])
  return ids.filter((id) => !runningHere.has(id) && !elsewhere.has(lockOf(id)))
}

// @vitest-environment node
// jsdom's files do not survive being kept in a database; the ones of Node do.
/** What is written of a recording has no gap, and its marks are written before it is put together. */
import 'fake-indexeddb/auto'
import { beforeEach, expect, test, vi } from 'vitest'
import { database, openDatabase } from '../store/database'
import { beginRecording, chunksOf, readRecording } from '../store/recordings'
import { chunkWriter } from './chunkWriter'

let person = 0

beforeEach(async () => {
  openDatabase(`chunks-${(person += 1)}`)
  await beginRecording({
    id: 'r', visit_id: 'v', draft_id: 'v', checkpoint: 'A', kind: 'video', media_type: 'video/webm', started_at: '2026-11-01T08:00:00.000Z',
    position: null, marks: [],
  })
})

const written = async (): Promise<string> => (await Promise.all((await chunksOf('r')).map(({ blob }) => blob.text()))).join('')

test('chunks are numbered as they come, and marks wait for their turn', async () => {
  const writer = chunkWriter('r', () => undefined)
  writer.chunk(new Blob(['a']), 1_000)
  writer.marks([{ checkpoint: 'B', at_ms: 700 }])
  writer.chunk(new Blob(['b']), 2_000)
  await writer.settled()
  expect(await written()).toBe('ab')
  expect((await readRecording('r'))?.marks).toEqual([{ checkpoint: 'B', at_ms: 700 }])
})

test('after a chunk that was lost nothing more is written, and the recorder is told once', async () => {
  const lost = vi.fn()
  const writer = chunkWriter('r', lost)
  writer.chunk(new Blob(['a']), 1_000)
  await writer.settled()
  const full = vi.spyOn(database().chunks, 'put').mockRejectedValueOnce(new DOMException('full', 'QuotaExceededError'))
  writer.chunk(new Blob(['b']), 2_000)
  writer.chunk(new Blob(['c']), 3_000)
  await writer.settled()
  full.mockRestore()
  expect(await written()).toBe('a')
  expect(lost).toHaveBeenCalledTimes(1)
})

test('what is written while the others are awaited is awaited too', async () => {
  const writer = chunkWriter('r', () => undefined)
  writer.chunk(new Blob(['a']), 1_000)
  const settled = writer.settled()
  writer.chunk(new Blob(['b']), 2_000)
  await settled
  expect(await written()).toBe('ab')
})

// @vitest-environment node
// jsdom's files do not survive being kept in a database; the ones of Node do.
/** Chunks become evidence, just ended or found after a crash; until then nothing of them goes. */
import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { database, openDatabase } from '../store/database'
import { answersOfDraft, openDraft } from '../store/drafts'
import { readBlob } from '../store/evidence'
import { beginRecording, chunksOf, dropRecording, keepChunk, keepMarks, recordingsOfOthers, whileRunning } from '../store/recordings'
import { formatFor, plainType } from './camera'
import { finishLeftOver, finishRecording, proofsOf } from './finishing'
import { sha256Of } from './hash'

vi.mock('../store/device', () => ({ captureDevice: () => ({ id: 'this phone' }) }))

let person = 0

async function record(...parts: string[]): Promise<void> {
  await beginRecording({
    id: 'r', visit_id: 'v', draft_id: 'v', checkpoint: 'A', kind: 'audio', media_type: 'audio/webm', started_at: '2026-11-01T08:00:00.000Z',
    position: null, marks: [],
  })
  for (const [at, part] of parts.entries()) await keepChunk({ recording_id: 'r', number: at + 1, blob: new Blob([part]), ends_ms: 1_000 * (at + 1) })
}

beforeEach(async () => {
  openDatabase(`recording-${(person += 1)}`)
  await openDraft({ visitId: 'v', kind: 'submission', round: 0, marks: [], answers: [] })
})

describe('a recording', () => {
  test('over which the app was closed is found and made a file, one that still runs is left alone', async () => {
    await record('one ', 'two ', 'three')
    let end: () => void = () => undefined
    whileRunning('r', new Promise<void>((resolve) => (end = resolve)))
    expect(await finishLeftOver()).toEqual([])
    end()
    await vi.waitFor(async () => expect(await recordingsOfOthers()).toEqual(['r']))
    expect(await finishLeftOver()).toMatchObject([{ status: 'fulfilled', value: { id: 'r', size: 13 } }])
    expect(await finishLeftOver()).toEqual([])
  })

  test('becomes evidence in the order of its chunks, with its marks, and then is no longer unfinished', async () => {
    await record('one ', 'two')
    await keepMarks('r', [{ checkpoint: 'B', at_ms: 400 }, { checkpoint: 'C', at_ms: 1_200 }])
    expect(await finishRecording('r')).toMatchObject({
      id: 'r', kind: 'audio', media_type: 'audio/webm', source: 'camera', size: 7, sha256: await sha256Of(new Blob(['one two'])),
      captured_at: '2026-11-01T08:00:00.000Z',
    })
    expect(await (await readBlob('r'))?.text()).toBe('one two')
    const links = (await answersOfDraft('v')).map(({ checkpoint, evidence }) => [checkpoint, evidence])
    expect(links).toEqual([['A', [{ id: 'r', at_ms: null }]], ['B', [{ id: 'r', at_ms: 400 }]], ['C', [{ id: 'r', at_ms: 1_200 }]]])
    expect(await recordingsOfOthers()).toEqual([])
    expect(await chunksOf('r')).toEqual([])
  })

  test('finished twice is one file with one link', async () => {
    await record('one')
    await finishRecording('r')
    expect(await finishRecording('r')).toBeNull()
    expect((await answersOfDraft('v'))[0]?.evidence).toEqual([{ id: 'r', at_ms: null }])
    expect(await database().evidence.count()).toBe(1)
  })

  test('without a byte is nothing, and one thrown away is gone', async () => {
    await record()
    expect(await finishRecording('r')).toBeNull()
    await record('one')
    await dropRecording('r')
    expect(await recordingsOfOthers()).toEqual([])
  })
})

test('the item from which it was begun is linked once, at its own mark where it has one', () => {
  expect(proofsOf({ checkpoint: 'A', marks: [{ checkpoint: 'A', at_ms: 9 }] })).toEqual([{ checkpoint: 'A', at_ms: 9 }])
  expect(proofsOf({ checkpoint: 'A', marks: [] })).toEqual([{ checkpoint: 'A', at_ms: null }])
})

describe('the format', () => {
  test('is webm where the browser can, which comes every second, else mp4, else its own choice', () => {
    expect(formatFor('video', () => true)).toBe('video/webm;codecs=vp8,opus')
    expect(formatFor('video', (type) => type.includes('mp4'))).toMatch(/^video\/mp4/)
    expect(formatFor('audio', () => false)).toBeUndefined()
  })

  test('is declared without its codecs', () => {
    expect(plainType('Video/WebM; codecs="vp8, opus"')).toBe('video/webm')
  })
})

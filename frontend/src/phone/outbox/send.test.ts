// @vitest-environment node
// jsdom's files do not survive being kept in a database; the ones of Node do.
/** A file that the server calls wrong: sent again while the copy is sound, shown with its ways out when it is not. */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { declareEvidence, endUpload, putLoss, putQuickCopy, readEvidence } from '@/shared/api/evidence'
import { Problem, asProblem } from '@/shared/api/problem'
import { sha256Of } from '../capture/hash'
import { isGivenUp, waysOut } from './waysOut'
import { database, openDatabase } from '../store/database'
import { filesOnPhone, readBlob } from '../store/evidence'
import { keepQuickCopy } from '../store/quickCopies'
import type { EvidenceRecord, OutboxRecord } from '../store/records'
import { replaceFile, sayLost, sendAsItIs } from './mending'
import { createRunner } from './runner'
import { send, settle } from './send'
import { uploadBytes } from './upload'

vi.mock('@/shared/api/evidence', () => ({ declareEvidence: vi.fn(), endUpload: vi.fn(), putLoss: vi.fn(), putQuickCopy: vi.fn(), readEvidence: vi.fn() }))
vi.mock('../store/device', () => ({ newId: () => crypto.randomUUID(), captureDevice: () => ({ id: 'this phone' }) }))
vi.mock('./upload', () => ({ uploadBytes: vi.fn() }))
vi.mock('../inbox/visits', () => ({ refreshVisit: vi.fn(() => Promise.resolve()) }))

const SOUND = new Blob(['what was captured'])
const DAMAGED = new Blob(['what was capture?'])
const WRONG = new Problem(460, { code: 'wrong-bytes' })
let person = 0

const item = (changes: Partial<OutboxRecord> = {}): OutboxRecord => ({
  id: 'f', visit_id: 'v', draft_id: 'v', kind: 'file', media: 'photo', any_network: false, size: SOUND.size, state: 'waiting', attempts: 0, not_before: 0, reason: null,
  document: null, created_at: '2026-11-01T00:00:00Z', ...changes,
})

async function keep(copy: Blob, size = SOUND.size): Promise<void> {
  const record: EvidenceRecord = {
    id: 'f', visit_id: 'v', kind: 'photo', media_type: 'image/jpeg', size, sha256: await sha256Of(SOUND), captured_at: null,
    source: 'camera', position: null, name: 'a.jpg', created_at: '2026-11-01T00:00:00Z', thumb: null, server_state: null, server_problem: null, replaced_at: null,
  }
  await database().evidence.put(record)
  await database().blobs.put({ id: 'f', blob: copy })
  await database().outbox.put(item())
}

const held = async (): Promise<OutboxRecord> => (await database().outbox.get('f'))!
const failure = (): Promise<Problem> => send(item(), () => Promise.resolve()).then(() => { throw new Error('it was sent') }, asProblem)

/** Lets the real runner drive the real `send`, with time standing still but for its own waits. */
async function run(): Promise<void> {
  let now = 1_000_000
  const later = (_work: () => void, wait: number) => { now += wait; return () => undefined }
  const runner = createRunner({
    items: () => database().outbox.toArray(), save: async (one) => void (await database().outbox.put(one)), send, settle,
    isOnline: () => true, sparesVideos: () => false, now: () => now, random: () => 1, alone: (work) => work(), later,
  })
  for (let turn = 0; turn < 5; turn += 1) await runner.wake()
}

beforeEach(() => {
  vi.resetAllMocks()
  openDatabase(`send-${(person += 1)}`)
  vi.mocked(declareEvidence).mockResolvedValue({ state: 'expected', upload_url: '/api/v1/uploads/f', problem: null } as never)
  vi.mocked(readEvidence).mockResolvedValue({ state: 'stored', problem: null } as never)
})

describe('wrong bytes', () => {
  test('of a sound copy are sent again until they arrive', async () => {
    await keep(SOUND)
    vi.mocked(uploadBytes).mockRejectedValueOnce(WRONG).mockRejectedValueOnce(WRONG).mockResolvedValue()
    await run()
    expect(vi.mocked(uploadBytes)).toHaveBeenCalledTimes(3)
    expect((await held()).state).toBe('done')
    expect(await readBlob('f')).toBeNull()
  })

  test('of a sound copy end after three times with a person who may try again', async () => {
    await keep(SOUND)
    vi.mocked(uploadBytes).mockRejectedValue(WRONG)
    await run()
    expect(vi.mocked(uploadBytes)).toHaveBeenCalledTimes(3)
    expect(waysOut(await held())[0]).toBe('again')
    expect(await readBlob('f')).not.toBeNull()
  })

  test('of a damaged copy are not sent again: the person chooses', async () => {
    await keep(DAMAGED)
    vi.mocked(uploadBytes).mockRejectedValue(WRONG)
    await run()
    expect(vi.mocked(uploadBytes)).toHaveBeenCalledTimes(1)
    expect(waysOut(await held())).toEqual(['retake', 'send_as_is', 'say_lost'])
    expect(await readBlob('f')).not.toBeNull()
  })

  test('of a copy that became shorter are found before a byte is sent', async () => {
    await keep(new Blob(['what']))
    expect((await failure()).code).toBe('copy_damaged')
    expect(vi.mocked(uploadBytes)).not.toHaveBeenCalled()
  })

  test('a lost connection says nothing against the copy', async () => {
    await keep(DAMAGED)
    vi.mocked(uploadBytes).mockRejectedValue(new Problem(0, { code: 'offline' }))
    expect((await failure()).code).toBe('offline')
  })
})

describe('the ways out', () => {
  const damaged = async (): Promise<OutboxRecord> => {
    await keep(DAMAGED)
    vi.mocked(uploadBytes).mockRejectedValueOnce(WRONG)
    await run()
    vi.mocked(uploadBytes).mockResolvedValue()
    return held()
  }

  test('a new photo takes its place under the same id', async () => {
    const again = new File(['another photo'], 'b.jpg', { type: 'image/jpeg' })
    await replaceFile(await damaged(), again, 'camera')
    expect(await held()).toMatchObject({ state: 'waiting', size: again.size, reason: null, attempts: 0 })
    await run()
    expect(vi.mocked(declareEvidence).mock.lastCall).toMatchObject(['f', { visit_id: 'v', size: again.size, sha256: await sha256Of(again) }])
    expect((await held()).state).toBe('done')
  })

  test('the copy as it is now is declared as what it is', async () => {
    await sendAsItIs(await damaged())
    await run()
    expect(vi.mocked(declareEvidence).mock.lastCall).toMatchObject(['f', { sha256: await sha256Of(DAMAGED), captured_at: null }])
    expect((await held()).state).toBe('done')
  })

  test('what was uploaded of the replaced file is given up first', async () => {
    await sendAsItIs(await damaged())
    vi.mocked(declareEvidence).mockRejectedValueOnce(new Problem(409, { code: 'evidence-differs' }))
    await run()
    expect(vi.mocked(endUpload)).toHaveBeenCalledWith('f')
    expect((await held()).state).toBe('done')
  })

  test('a file that was never replaced does not give up what another declared', async () => {
    await keep(SOUND)
    vi.mocked(declareEvidence).mockRejectedValue(new Problem(409, { code: 'evidence-differs' }))
    await run()
    expect(vi.mocked(endUpload)).not.toHaveBeenCalled()
    expect((await held()).state).toBe('refresh')
  })

  test('telling that it is lost ends it, and leaves the copy on the phone', async () => {
    await sayLost(await damaged(), '手机进水')
    expect(vi.mocked(putLoss)).toHaveBeenCalledWith('f', '手机进水')
    expect(isGivenUp(await held())).toBe(true)
    expect(await readBlob('f')).not.toBeNull()
    expect((await filesOnPhone()).files).toEqual([])
  })

  test('what cannot be told stays in trouble', async () => {
    const before = await damaged()
    vi.mocked(putLoss).mockRejectedValue(new Problem(0))
    await expect(sayLost(before, 'x')).rejects.toThrow()
    expect(await held()).toEqual(before)
    expect(await filesOnPhone()).toMatchObject({ files: [{ id: 'f' }], since: '2026-11-01T00:00:00Z' })
  })
})

describe('an upload that stands elsewhere than the phone thinks', () => {
  test.each([[409, 'upload-offset'], [423, 'upload-locked'], [410, 'upload-expired']])('%i %s is asked anew and needs nobody', async (status, code) => {
    await keep(SOUND)
    vi.mocked(uploadBytes).mockRejectedValueOnce(new Problem(status, { code })).mockResolvedValue()
    await run()
    expect((await held()).state).toBe('done')
    expect(await readBlob('f')).toBeNull()
  })
})

describe('a quick copy', () => {
  const COPY = new Blob(['small'], { type: 'image/jpeg' })

  async function ahead(): Promise<void> {
    await keep(SOUND)
    await keepQuickCopy({ id: 'f', sha256: await sha256Of(SOUND) }, COPY)
  }
  const left = async () => [await database().blobs.toCollection().primaryKeys(), await database().outbox.toCollection().primaryKeys()]

  test('goes ahead of its original, and nothing of it is left', async () => {
    await ahead()
    vi.mocked(uploadBytes).mockImplementation(async () => expect(vi.mocked(putQuickCopy)).toHaveBeenCalled())
    await run()
    expect(vi.mocked(putQuickCopy).mock.lastCall).toEqual(['f', expect.objectContaining({ size: COPY.size })])
    expect(await left()).toEqual([[], ['f']])
    expect((await held()).state).toBe('done')
  })

  test.each([404, 409, 413, 422])('that is refused (%i) goes without a word, and the original follows', async (status) => {
    await ahead()
    vi.mocked(putQuickCopy).mockRejectedValue(new Problem(status))
    await run()
    expect(vi.mocked(putQuickCopy)).toHaveBeenCalledTimes(1)
    expect(await left()).toEqual([[], ['f']])
    expect((await held()).state).toBe('done')
  })

  test('that does not get through is no longer sent once the original is there', async () => {
    await ahead()
    vi.mocked(putQuickCopy).mockRejectedValue(new Problem(503))
    await run()
    expect(vi.mocked(putQuickCopy)).toHaveBeenCalledTimes(1)
    expect(await left()).toEqual([[], ['f']])
  })

  test('whose bytes are gone holds up nobody', async () => {
    await ahead()
    await database().blobs.delete('quick:f')
    await run()
    expect(vi.mocked(putQuickCopy)).not.toHaveBeenCalled()
    expect(await left()).toEqual([[], ['f']])
  })

  test('of a photo that was taken again goes with it; the new one is declared before its own copy is sent', async () => {
    await ahead()
    const again = new File(['another photo'], 'b.jpg', { type: 'image/jpeg' })
    await replaceFile(item({ state: 'attention' }), again, 'camera')
    expect(await left()).toEqual([['f'], ['f']])
    await keepQuickCopy({ id: 'f', sha256: await sha256Of(SOUND) }, COPY)
    expect(await left()).toEqual([['f'], ['f']])
    await keepQuickCopy({ id: 'f', sha256: await sha256Of(again) }, COPY)
    vi.mocked(putQuickCopy).mockImplementation(async () => expect(vi.mocked(declareEvidence)).toHaveBeenCalled())
    await run()
    expect(vi.mocked(putQuickCopy)).toHaveBeenCalledTimes(1)
    expect(await left()).toEqual([[], ['f']])
  })

  test('of a file that is told as lost goes', async () => {
    await ahead()
    await sayLost(item({ state: 'attention' }), 'x')
    expect(await left()).toEqual([['f'], ['f']])
  })
})

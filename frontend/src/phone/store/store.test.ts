// @vitest-environment node
// jsdom's files do not survive being kept in a database; the ones of Node do.
/** The phone's database: what is written stays, what is in line follows, nothing goes before the server has it. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Checkpoint, Submission, VisitRow } from '@/shared/api/types'
import { database, openDatabase } from './database'
import { answersOfDraft, changeAnswer, linkFile, openDraft, readDraft, restoreAnswerOf, unlinkFile } from './drafts'
import { discardFile, filesOnPhone, idsOnPhone, keepFile, readBlob, releaseBlob } from './evidence'
import { noteMoment } from './moments'
import { addWords, discardItem, outboxItems, settleWords, withdrawWords, wordsOf } from './line'
import { keepQuickCopy } from './quickCopies'
import type { EvidenceRecord } from './records'
import { keepRows, keptVisits } from './visits'

let person = 0

const file = (id: string): EvidenceRecord => ({
  id, visit_id: 'v', kind: 'photo', media_type: 'image/jpeg', size: 3, sha256: 'x', captured_at: null, source: 'camera', position: null,
  name: 'a.jpg', created_at: '', thumb: null, server_state: null, server_problem: null, replaced_at: null,
})
const opened = () => openDraft({ visitId: 'v', kind: 'submission', round: 0, marks: [], answers: [] })
const document = (...ids: string[]): Submission => ({ answers: [], marks: [], evidence: ids.map((id) => ({ ...file(id) })) })

beforeEach(() => {
  openDatabase(`person-${(person += 1)}`)
})

describe('drafts', () => {
  test('opening twice changes nothing', async () => {
    const draft = await opened()
    await changeAnswer(draft.id, 'A1', { result: 'pass' })
    expect((await opened()).revision).toBe(2)
    expect(await answersOfDraft(draft.id)).toHaveLength(1)
  })

  test('begins with given answers, which become its own', async () => {
    const first = await opened()
    await changeAnswer(first.id, 'A1', { value: 3 })
    const later = await openDraft({ visitId: 'v', kind: 'follow_up', round: 0, marks: [], answers: await answersOfDraft(first.id) })
    expect(await answersOfDraft(later.id)).toMatchObject([{ draft_id: later.id, checkpoint: 'A1', value: 3 }])
    expect(await answersOfDraft(first.id)).toHaveLength(1)
  })

  test('an answer keeps the fields that a change does not name, and every change counts', async () => {
    const { id } = await opened()
    await changeAnswer(id, 'A1', { result: 'fail' })
    await changeAnswer(id, 'A1', { comment: 'nothing offered' })
    expect((await answersOfDraft(id))[0]).toMatchObject({ result: 'fail', comment: 'nothing offered', value: null })
    expect((await readDraft(id))?.revision).toBe(3)
  })

  test('undo puts the answer back, also to none at all', async () => {
    const { id } = await opened()
    const { before } = await changeAnswer(id, 'A1', { result: 'fail' })
    await restoreAnswerOf(id, 'A1', before)
    expect(await answersOfDraft(id)).toEqual([])
  })

  test('a mark is replaced and taken back by name, and says when it stood before', async () => {
    const { id } = await opened()
    expect((await noteMoment(id, 'arrived', '2026-01-01T00:00:00Z', [])).before).toBeNull()
    expect((await noteMoment(id, 'arrived', '2026-01-01T00:01:00Z', [])).before).toBe('2026-01-01T00:00:00Z')
    expect((await readDraft(id))?.marks).toEqual([{ name: 'arrived', at: '2026-01-01T00:01:00Z' }])
    await noteMoment(id, 'arrived', null, [])
    expect(await readDraft(id)).toMatchObject({ marks: [], revision: 4 })
  })

  test('marks fill the minutes between them together with their own writing, and leave a comment alone', async () => {
    const { id } = await opened()
    const wait = { code: 'EO-03-01', answer: { type: 'number', unit: 'minute', min: 0, max: 240, step: 1, pass_when: { op: 'lte', value: 5 } } } as Checkpoint
    await changeAnswer(id, 'EO-03-01', { comment: 'crowded' })
    await noteMoment(id, 'greeted', '2026-01-01T00:00:00Z', [wait])
    await noteMoment(id, 'advisor', '2026-01-01T00:03:30Z', [wait])
    expect(await answersOfDraft(id)).toMatchObject([{ value: 4, comment: 'crowded' }])
    await noteMoment(id, 'advisor', null, [wait])
    expect(await answersOfDraft(id)).toMatchObject([{ value: null, comment: 'crowded' }])
  })

  test('two people on one phone do not share a draft', async () => {
    const { id } = await opened()
    await changeAnswer(id, 'A1', { result: 'pass' })
    openDatabase('somebody-else')
    expect(await readDraft(id)).toBeUndefined()
  })
})

describe('files', () => {
  test('are kept and linked together, and may serve a second item', async () => {
    const { id } = await opened()
    await keepFile(id, [{ checkpoint: 'A1', at_ms: null }], file('f'), new Blob(['abc']))
    await linkFile(id, 'A2', 'f', 1500)
    const links = (await answersOfDraft(id)).map(({ checkpoint, evidence }) => [checkpoint, evidence])
    expect(links).toEqual([['A1', [{ id: 'f', at_ms: null }]], ['A2', [{ id: 'f', at_ms: 1500 }]]])
    await unlinkFile(id, 'A1', 'f')
    expect(await readBlob('f')).not.toBeNull()
    expect(await filesOnPhone()).toEqual({ files: [{ id: 'f', size: 3 }], since: null })
  })

  test('give back their space and stay known', async () => {
    const { id } = await opened()
    await keepFile(id, [{ checkpoint: 'A1', at_ms: null }], file('f'), new Blob(['abc']))
    await releaseBlob('f')
    expect(await idsOnPhone('v')).toEqual(new Set())
    expect(await database().evidence.get('f')).toBeDefined()
  })
})

describe('the line', () => {
  test('words bring their files after them, once, and only those whose bytes are here', async () => {
    const draft = await opened()
    await keepFile(draft.id, [{ checkpoint: 'A1', at_ms: null }], file('here'), new Blob(['abc']))
    await addWords(draft, document('here', 'elsewhere'))
    const words = (await wordsOf(draft.id))!
    await settleWords({ ...words, state: 'done' })
    await settleWords({ ...words, state: 'done' })
    expect((await outboxItems()).map(({ id, state }) => [id, state]).sort()).toEqual([['here', 'waiting'], [`words:${draft.id}`, 'done']])
  })

  test('words can be withdrawn until they are under way', async () => {
    const draft = await opened()
    await addWords(draft, document())
    expect(await withdrawWords(draft.id)).toBe(true)
    await addWords(draft, document())
    await database().outbox.update(`words:${draft.id}`, { state: 'sending' })
    expect(await withdrawWords(draft.id)).toBe(false)
    expect(await outboxItems()).toHaveLength(1)
  })
})

describe('quick copies', () => {
  const copy = new Blob(['small'], { type: 'image/jpeg' })
  const blobs = () => database().blobs.toCollection().primaryKeys()
  const items = async () => (await outboxItems()).filter(({ kind }) => kind !== 'words').map(({ id }) => id)

  async function captured() {
    const draft = await opened()
    await keepFile(draft.id, [{ checkpoint: 'A1', at_ms: null }], file('f'), new Blob(['abc']))
    await keepQuickCopy(file('f'), copy)
    return draft
  }
  async function handedIn() {
    const draft = await captured()
    await addWords(draft, document('f'))
    await settleWords({ ...(await wordsOf(draft.id))!, state: 'done' })
    return draft
  }

  test('wait with their photo until the words are there, and count as no file', async () => {
    await captured()
    expect([await blobs(), await items()]).toEqual([['f', 'quick:f'], []])
    expect((await filesOnPhone()).files).toEqual([{ id: 'f', size: 3 }])
    expect(await idsOnPhone('v')).toEqual(new Set(['f']))
  })

  test('come into line with their photo', async () => {
    await handedIn()
    expect(await items()).toEqual(['f', 'quick:f'])
    expect(await database().outbox.get('quick:f')).toMatchObject({ kind: 'quick', media: 'photo', size: copy.size, state: 'waiting', attempts: 0 })
  })

  test('that are made only when their photo is in line come into line then', async () => {
    await handedIn()
    await database().outbox.update('f', { state: 'waiting', attempts: 4, not_before: 99 })
    await database().outbox.delete('quick:f')
    await keepQuickCopy(file('f'), copy)
    expect(await database().outbox.get('quick:f')).toMatchObject({ kind: 'quick', attempts: 0, not_before: 0, size: copy.size })
  })

  test('are not kept of a photo that is gone, confirmed, or another by now', async () => {
    await keepQuickCopy(file('f'), copy)
    await captured()
    await keepQuickCopy({ id: 'f', sha256: 'y' }, new Blob(['of the one before']))
    expect(await readBlob('quick:f')).toMatchObject({ size: copy.size })
    await releaseBlob('f')
    await keepQuickCopy(file('f'), copy)
    expect(await blobs()).toEqual([])
  })

  test('go with their photo, whichever way it goes', async () => {
    await captured()
    await discardFile('f')
    expect(await blobs()).toEqual([])
    const draft = await handedIn()
    await discardItem({ id: 'f', kind: 'file' })
    expect([await blobs(), await items()]).toEqual([[], []])
    expect(await wordsOf(draft.id)).toBeDefined()
  })
})

describe('visits', () => {
  const row = (id: string): VisitRow => ({ id, state: 'taken' }) as VisitRow

  test('one that left the list goes, unless work on it is still here', async () => {
    await keepRows([row('v'), row('w')])
    await opened()
    await keepRows([row('x')])
    expect((await keptVisits()).map(({ id }) => id).sort()).toEqual(['v', 'x'])
  })
})

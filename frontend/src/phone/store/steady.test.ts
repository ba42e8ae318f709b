/** A database that is closed under our hands, a phone without room, and records that older versions wrote. */
import Dexie from 'dexie'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { database, openDatabase, write } from './database'
import { changeAnswer, openDraft, readDraft } from './drafts'
import { outboxItems, saveItem } from './line'
import { levelOf } from './room'
import { isClosed, isFull, steadily, storageTrouble } from './steady'

let person = 0
const opened = () => openDraft({ visitId: 'v', kind: 'submission', round: 0, marks: [], answers: [] })
const named = (name: string, message = name): Error => Object.assign(new Error(message), { name })
const quota = new Dexie.AbortError('aborted', named('QuotaExceededError'))

/** Ends the browser's own connection, without a word to anybody, as iOS does under memory pressure. */
const cutOff = (): void => database().backendDB().close()

beforeEach(() => void openDatabase(`steady-${(person += 1)}`))
afterEach(() => {
  vi.restoreAllMocks()
  storageTrouble.value = null
})

describe('a closed database', () => {
  test('is opened again for the next write, of one record and of several', async () => {
    const { id } = await opened()
    cutOff()
    await changeAnswer(id, 'A1', { result: 'pass' })
    cutOff()
    await write(({ settings }) => settings.put({ key: 'k', value: 1 }))
    expect((await readDraft(id))?.revision).toBe(2)
    expect(await database().settings.get('k')).toEqual({ key: 'k', value: 1 })
    expect(storageTrouble.value).toBeNull()
  })

  test('costs a transaction that it cut off nothing but a second try', async () => {
    const { id } = await opened()
    let attempts = 0
    await database().transaction('rw', database().drafts, async () => {
      attempts += 1
      await database().drafts.update(id, { round: attempts })
      if (attempts === 1) throw named('UnknownError', 'Connection to Indexed Database server lost')
    })
    expect(attempts).toBe(2)
    expect((await readDraft(id))?.round).toBe(2)
  })

  test('is tried once and then told, until a write goes well', async () => {
    const reopen = vi.fn(async () => undefined)
    const work = vi.fn(async () => { throw named('InvalidStateError', 'The database connection is closing.') })
    await expect(steadily(reopen, work)).rejects.toThrow('closing')
    expect([reopen.mock.calls.length, work.mock.calls.length, storageTrouble.value]).toEqual([1, 2, 'closed'])
    await opened()
    expect(storageTrouble.value).toBeNull()
  })

  test('inside a transaction fails the whole of it, which is then done once more', async () => {
    const inner = vi.fn()
    await database().transaction('rw', database().settings, database().drafts, async () => {
      inner()
      await database().transaction('rw', database().settings, async () => {
        await database().settings.put({ key: 'n', value: inner.mock.calls.length })
        if (inner.mock.calls.length === 1) throw named('UnknownError')
      })
    })
    expect(inner).toHaveBeenCalledTimes(2)
    expect((await database().settings.get('n'))?.value).toBe(2)
  })
})

describe('a full phone', () => {
  test('is known by its name, however deep it lies, and is not taken for a closed database', () => {
    for (const error of [quota, named('QuotaExceededError'), named('Error', 'Encountered full disk while opening backing store')])
      expect([isFull(error), isClosed(error)]).toEqual([true, false])
    expect([isFull(named('TypeError')), isClosed(named('TypeError')), isFull(null)]).toEqual([false, false, false])
  })

  test('keeps everything that was there, says so, and is not tried again', async () => {
    const { id } = await opened()
    await changeAnswer(id, 'A1', { comment: 'kept' })
    const put = vi.spyOn(database().answers, 'put').mockRejectedValue(quota)
    await expect(changeAnswer(id, 'A1', { comment: 'too much' })).rejects.toThrow()
    expect([put.mock.calls.length, storageTrouble.value]).toEqual([1, 'full'])
    put.mockRestore()
    expect(await database().answers.get([id, 'A1'])).toMatchObject({ comment: 'kept' })
    expect((await readDraft(id))?.revision).toBe(2)
  })

  test('warns long before', () => {
    const free = (bytes: number) => levelOf({ used: 0, quota: 1e12, free: bytes })
    expect([free(5e9), free(4e8), free(1e7)]).toEqual(['enough', 'short', 'out'])
  })
})

describe('a record of an older version', () => {
  const raw = (table: string, record: object): Promise<unknown> => database().table(table).put(record)

  test('gets what it lacks when it is read', async () => {
    await raw('visits', { id: 'v', row: {} })
    await raw('drafts', { id: 'd', visit_id: 'v' })
    await raw('answers', { draft_id: 'd', checkpoint: 'A', evidence: [{ id: 'f' }] })
    await raw('answers', { draft_id: 'd', checkpoint: 'B', evidence: null })
    await raw('evidence', { id: 'f', visit_id: 'v', kind: 'photo' })
    await raw('outbox', { id: 'f', visit_id: 'v', draft_id: 'd', kind: 'file', size: 3, state: 'waiting' })
    expect(await database().visits.get('v')).toMatchObject({ detail: null, fetched_at: '' })
    expect(await database().drafts.get('d')).toMatchObject({ kind: 'submission', revision: 0, marks: [], held_by: null })
    expect(await database().answers.toArray()).toMatchObject([
      { checkpoint: 'A', result: null, comment: null, evidence: [{ id: 'f', at_ms: null }] },
      { checkpoint: 'B', evidence: [] },
    ])
    expect(await database().evidence.get('f')).toMatchObject({ name: '', thumb: null, replaced_at: null, server_state: null })
    expect(await outboxItems()).toMatchObject([{ media: null, any_network: false, attempts: 0, reason: null, document: null }])
  })

  test('or of a newer one keeps what is not known here; a state that means nothing is sent anew', async () => {
    await raw('outbox', { id: 'w', kind: 'words', state: 'dreaming', colour: 'blue' })
    const [item] = await outboxItems()
    expect(item).toMatchObject({ state: 'waiting', colour: 'blue' })
    await saveItem(item!)
    expect(await database().outbox.get('w')).toMatchObject({ colour: 'blue' })
  })
})

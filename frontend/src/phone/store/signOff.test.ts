/** The store's word: kept with its picture in one go, replaced as a whole, and handed in with its picture. */
import { beforeEach, expect, test } from 'vitest'
import type { SignOff } from '@/shared/api/types'
import { linkedFiles } from '../domain/submission'
import { openDatabase } from './database'
import { openDraft, readDraft } from './drafts'
import { filesOfVisit, readBlob } from './evidence'
import type { EvidenceRecord } from './records'
import { keepSignOff } from './signOff'

let person = 0

const picture = (id: string) => ({
  record: {
    id, visit_id: 'v', kind: 'photo', media_type: 'image/png', size: 3, sha256: 'x', captured_at: null, source: 'file', position: null,
    name: 's.png', created_at: '', thumb: null, server_state: null, server_problem: null, replaced_at: null,
  } satisfies EvidenceRecord,
  blob: new Blob(['abc']),
})
const word = (over: Partial<SignOff> = {}): SignOff => ({ name: '王经理', role: '店长', at: '', evidence: null, refused: false, note: null, ...over })

beforeEach(async () => {
  openDatabase(`signer-${(person += 1)}`)
  await openDraft({ visitId: 'v', kind: 'submission', round: 0, marks: [], answers: [] })
})

test('word and picture are kept together and count as a change', async () => {
  await keepSignOff('v', word({ evidence: 'one' }), picture('one'))
  expect(await readDraft('v')).toMatchObject({ sign_off: { name: '王经理', evidence: 'one' }, revision: 2 })
  expect(await readBlob('one')).not.toBeNull()
})

test('signing again replaces the picture, and a refusal leaves none', async () => {
  await keepSignOff('v', word({ evidence: 'one' }), picture('one'))
  await keepSignOff('v', word({ evidence: 'two' }), picture('two'))
  expect((await filesOfVisit('v')).map(({ id }) => id)).toEqual(['two'])
  await keepSignOff('v', word({ refused: true, note: '店长不在' }), null)
  expect(await filesOfVisit('v')).toEqual([])
  expect(await readBlob('two')).toBeNull()
})

test('the picture goes along though no answer links it', () => {
  const files = [picture('one').record, picture('other').record]
  const sheet = { checkpoints: [], answers: new Map(), files, marks: [], checkIn: null, startedAt: null }
  expect(linkedFiles({ ...sheet, signOff: word({ evidence: 'one' }) }).map(({ id }) => id)).toEqual(['one'])
  expect(linkedFiles({ ...sheet, signOff: null })).toEqual([])
})

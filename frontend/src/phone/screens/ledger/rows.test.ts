/** The ledger as the phone counts it: nothing twice, the troubled first. */
import { expect, test } from 'vitest'
import type { FileState } from '../../domain/fileState'
import { noteProgress } from '../../outbox/progress'
import type { SheetContent } from '../../store/sheets'
import type { FileFacts } from '../fill/fileFacts'
import { checkpointsByFile, inOrder, sumsOf } from './rows'

const file = (id: string, state: FileState, size = 100): FileFacts => ({
  id, kind: 'photo', capturedAt: null, size, thumb: null, address: null, still: null, state, percent: null, problem: null, isOnPhone: false,
})

test('every file is counted in one place, and what is sent is not left', () => {
  noteProgress('b', 30)
  const files = [file('a', 'received'), file('b', 'sending'), file('c', 'attention'), file('d', 'lost'), file('e', 'unreadable', 7)]
  expect(sumsOf(files)).toMatchObject({
    expected: 5, stored: 2, ready: 1, unreadable: 1, lost: 1, expected_bytes: 407, stored_bytes: 107, left_bytes: 170,
  })
  expect(inOrder(files).map(({ id }) => id)).toEqual(['c', 'd', 'e', 'b', 'a'])
})

test('a file names every item that links to it, in the draft or in what was handed in', () => {
  const answer = (checkpoint: string, ...ids: string[]) => ({ checkpoint, evidence: ids.map((id) => ({ id, at_ms: null })) })
  const sheet = { answers: new Map([['B', answer('B', 'x', 'x')]]), detail: { answers: [answer('A', 'x'), answer('B', 'x', 'y')] } }
  expect(checkpointsByFile(sheet as unknown as SheetContent)).toEqual(new Map([['x', ['A', 'B']], ['y', ['B']]]))
})

/** Many assignments are shared out fairly and cut into lots the server takes. */
import { expect, test } from 'vitest'
import { inLots, shareOut } from './assignment'

const plan = { wave_id: 'w', method: 'covert' as const, due_on: '2026-12-01', fee: 200, people: ['p1', 'p2'], perStore: 1 }
let count = 0
const newId = (): string => `v${(count += 1)}`

test('people take stores in turn', () => {
  expect(shareOut(['a', 'b', 'c'], plan, newId).map((visit) => [visit.store_id, visit.auditor_id])).toEqual([['a', 'p1'], ['b', 'p2'], ['c', 'p1']])
})

test('two visits at one store go to different people', () => {
  const visits = shareOut(['a', 'b'], { ...plan, perStore: 2 }, newId)
  expect(visits.filter((visit) => visit.store_id === 'a').map((visit) => visit.auditor_id)).toEqual(['p1', 'p2'])
})

test('without people a visit waits for one, and every id is its own', () => {
  const visits = shareOut(['a', 'b'], { ...plan, people: [] }, newId)
  expect(visits.map((visit) => visit.auditor_id)).toEqual([null, null])
  expect(new Set(visits.map((visit) => visit.id)).size).toBe(2)
})

test('lots hold no more than they may', () => {
  expect(inLots(Array.from({ length: 1001 })).map((lot) => lot.length)).toEqual([500, 500, 1])
  expect(inLots([])).toEqual([])
})

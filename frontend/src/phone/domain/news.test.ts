/** News: each assignment, return and near deadline once, and no longer when its visit was opened. */
import { expect, test } from 'vitest'
import type { VisitRow } from '@/shared/api/types'
import { timeLeft, unseenNews } from './news'

const NOW = new Date('2026-11-25T10:00:00')
const visit = (over: object = {}): VisitRow =>
  ({ id: 'v', state: 'planned', return: null, open_items: [], due_on: '2026-11-26', follow_up_due_at: null, ...over }) as unknown as VisitRow
const kinds = (over: object, seen: string[] = []): string[] => unseenNews([visit(over)], new Set(seen), NOW).map(({ kind }) => kind)

test('an assignment is news once, whatever its day', () => {
  expect(kinds({})).toEqual(['assigned'])
  expect(kinds({}, unseenNews([visit()], new Set(), NOW).map(({ key }) => key))).toEqual([])
})

test('a deadline is news from two days before it on, also when it has passed', () => {
  expect(kinds({ state: 'taken' })).toEqual(['deadline'])
  expect(kinds({ state: 'taken', due_on: '2026-11-20' })).toEqual(['deadline'])
  expect(kinds({ state: 'taken', due_on: '2026-11-28' })).toEqual([])
  expect(kinds({ state: 'taken', due_on: null })).toEqual([])
})

test('a return is news with each round', () => {
  const returned = (round: number) => ({ state: 'in_progress', return: { round, deadline: '2026-12-24', checkpoints: [] } })
  const first = unseenNews([visit(returned(1))], new Set(), NOW)
  expect(first.map(({ kind }) => kind)).toEqual(['returned'])
  expect(kinds(returned(2), first.map(({ key }) => key))).toEqual(['returned'])
})

test('what is owed after the visit has its own deadline; what is over has none', () => {
  expect(kinds({ state: 'submitted', open_items: ['A'], follow_up_due_at: '2026-11-26T10:00:00Z' })).toEqual(['deadline'])
  expect(kinds({ state: 'approved' })).toEqual([])
})

test('time left is said in days and hours and never below nothing', () => {
  expect(timeLeft('2026-11-27T13:30:00', NOW)).toEqual({ days: 2, hours: 3, isOver: false })
  expect(timeLeft('2026-11-25T09:00:00', NOW)).toEqual({ days: 0, hours: 0, isOver: true })
})

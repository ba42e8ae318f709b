/** One piece of work: what is asked, what may follow, where to go next. */
import { describe, expect, test } from 'vitest'
import type { Answer, Checklist, VisitRow } from '@/shared/api/types'
import shared from '../../../../tests/cases/completeness.json'
import { check, isSubmittable, itemsOf, nextOpen, sentItems, tally } from './sheet'
import { answersOf, linkedFiles } from './submission'
import type { DeclaredFile, Sheet } from './submission'
import { daysUntil, workOf } from './work'

const checklist = (shared.versions as unknown as Record<string, Checklist>).exam!
const visit = { method: 'covert', state: 'in_progress', open_items: ['LATER'], return: null } as unknown as VisitRow
const returned = { ...visit, return: { deadline: null, reason: null, round: 1, checkpoints: [{ checkpoint: 'TWO', note: 'dark' }] } }

const answer = (checkpoint: string, changes: Partial<Answer> = {}): [string, Answer] => [
  checkpoint, { checkpoint, result: 'pass', value: null, comment: null, evidence: [], ...changes },
]
const none = new Map<string, Answer>()
const codes = (items: { checkpoint: { code: string } }[]): string[] => items.map(({ checkpoint }) => checkpoint.code)

describe('what is asked', () => {
  test('all items first, the returned ones on a return, the open ones afterwards', () => {
    expect(codes(itemsOf(checklist, visit, 'submission'))).toHaveLength(10)
    expect(codes(itemsOf(checklist, returned, 'return'))).toEqual(['TWO'])
    expect(codes(itemsOf(checklist, visit, 'follow_up'))).toEqual(['LATER'])
  })
})

describe('what may follow', () => {
  const checked = (answers: ReadonlyMap<string, Answer>, kind: 'submission' | 'follow_up') =>
    check(checklist, itemsOf(checklist, visit, kind), answers, new Map(), kind)

  test('does not hold up the first submission, and stays out of it while incomplete', () => {
    const items = checked(new Map([answer('LATER')]), 'submission')
    expect(tally(items)).toMatchObject({ mayFollow: 1, missingAnswers: 9, missingEvidence: 0 })
    expect(codes(sentItems(items))).not.toContain('LATER')
  })

  test('is asked in earnest in the follow-up', () => {
    expect(isSubmittable(tally(checked(none, 'follow_up')))).toBe(false)
  })
})

describe('the next open item', () => {
  const items = check(checklist, itemsOf(checklist, visit, 'submission'), new Map([answer('FREE')]), new Map(), 'submission')

  test('skips what is complete and goes round', () => {
    expect(nextOpen(items, 'CALL')).toBe('TWO')
    expect(nextOpen(items, 'LATER')).toBe('CALL')
    expect(nextOpen(items, 'TWO', -1)).toBe('CALL')
    expect(nextOpen(items, null)).toBe('CALL')
    expect(nextOpen(items, null, -1)).toBe('LATER')
  })

  test('is nothing when only the present one is open', () => {
    expect(nextOpen(items.filter(({ checkpoint }) => ['CALL', 'FREE'].includes(checkpoint.code)), 'CALL')).toBeNull()
  })
})

describe('the document', () => {
  const file = (id: string): DeclaredFile => ({
    id, kind: 'photo', media_type: 'image/jpeg', size: 1, sha256: 'x', captured_at: null, source: 'camera', position: null,
  })
  const sheet: Sheet = {
    checkpoints: itemsOf(checklist, visit, 'submission').map(({ checkpoint }) => checkpoint),
    answers: new Map([answer('TWO', { comment: '  ', evidence: [{ id: 'a', at_ms: null }] }), answer('FREE', { result: null }), answer('CALL')]),
    files: [file('a'), file('b')],
    marks: [],
    checkIn: null, signOff: null, startedAt: null,
  }

  test('holds answered items in checklist order, without empty comments', () => {
    expect(answersOf(sheet)).toMatchObject([{ checkpoint: 'CALL' }, { checkpoint: 'TWO', comment: null }])
  })

  test('declares the linked files and no others', () => {
    expect(linkedFiles(sheet).map(({ id }) => id)).toEqual(['a'])
  })
})

describe('the work a visit asks for', () => {
  const work = (changes: Partial<VisitRow>) => workOf({ ...visit, ...changes })

  test('follows its state', () => {
    expect(work({ state: 'planned' })).toBe('accept')
    expect(work({ state: 'taken' })).toBe('start')
    expect(work({ state: 'in_progress' })).toBe('fill')
    expect(work({ state: 'in_progress', return: returned.return })).toBe('return')
    expect(work({ state: 'submitted' })).toBe('follow_up')
    expect(work({ state: 'in_review', open_items: [] })).toBe('wait')
    expect(work({ state: 'approved' })).toBe('over')
  })

  test('days are counted by the calendar', () => {
    const today = new Date(2026, 10, 22, 23, 50)
    expect([daysUntil('2026-11-22', today), daysUntil('2026-11-23', today), daysUntil('2026-11-20', today)]).toEqual([0, 1, -2])
  })
})

/** Moments: a stretch becomes a number that never passes by rounding, and what a person wrote stays theirs. */
import { describe, expect, test } from 'vitest'
import type { Answer, Checkpoint, Mark, PassWhen } from '@/shared/api/types'
import { judge } from './judging'
import { nextMoment, refillsOf, spanOf } from './moments'

const checkpoint = (lineage: string, unit: string, pass_when: PassWhen, step = 1): Checkpoint =>
  ({ code: lineage, lineage, answer: { type: 'number', unit, min: 0, max: 240, step, pass_when } }) as Checkpoint

const greeting = checkpoint('EO-02-05', 'minute', { op: 'lte', value: 2 }, 0.5)
const advisor = checkpoint('EO-03-01', 'minute', { op: 'lte', value: 5 })
const call = checkpoint('EO-10-03', 'hour', { op: 'lte', value: 72 })

const mark = (name: string, seconds: number): Mark => ({ name, at: new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString() })
const answered = (value: number | null, result: Answer['result'] = null): Answer => ({ checkpoint: '', result, value, comment: null, evidence: [] })

describe('the length of a stretch', () => {
  test.each([
    [greeting, 0, 0], [greeting, 61, 1.5], [greeting, 120, 2], [greeting, 121, 2.5],
  ])('from arriving to the greeting, in halves of a minute', (one, seconds, value) => {
    expect(spanOf(one, [mark('arrived', 0), mark('greeted', seconds)])?.value).toBe(value)
  })

  test('is told in the unit of the checkpoint', () => {
    expect(spanOf(call, [mark('left', 0), mark('called', 3600 * 47 + 1)])?.value).toBe(48)
  })

  test.each<[PassWhen, number]>([
    [{ op: 'lte', value: 5 }, 301], [{ op: 'gte', value: 5 }, 299], [{ op: 'between', min: 5, max: 10 }, 299],
    [{ op: 'between', min: 5, max: 10 }, 601], [{ op: 'lte', value: 5 }, 300], [{ op: 'gte', value: 5 }, 300],
  ])('%o judges %i seconds as the exact time would be judged', (rule, seconds) => {
    const one = checkpoint('EO-03-01', 'minute', rule)
    const span = spanOf(one, [mark('greeted', 0), mark('advisor', seconds)])
    expect(judge(one, null, span!.value)).toBe(seconds === 300 ? 'pass' : 'fail')
  })

  test('is unknown while a moment is missing, out of order, beyond the range, or for another checkpoint', () => {
    expect(spanOf(greeting, [mark('arrived', 0)])).toBeNull()
    expect(spanOf(greeting, [mark('arrived', 60), mark('greeted', 0)])).toBeNull()
    expect(spanOf(greeting, [mark('arrived', 0), mark('greeted', 86_400)])).toBeNull()
    expect(spanOf({ ...greeting, lineage: 'X', code: 'X' }, [mark('arrived', 0), mark('greeted', 60)])).toBeNull()
    expect(spanOf({ ...greeting, answer: { type: 'pass_fail' } }, [mark('arrived', 0), mark('greeted', 60)])).toBeNull()
  })
})

describe('filling', () => {
  const marks = [mark('arrived', 0), mark('greeted', 60), mark('advisor', 180)]
  const all = [greeting, advisor]

  test('fills what is empty', () => {
    expect(refillsOf(all, new Map([['EO-03-01', { ...answered(null), comment: 'long' }]]), marks.slice(0, 2), marks)).toEqual([{ checkpoint: 'EO-03-01', value: 2 }])
  })

  test('leaves what a person wrote, an NA too', () => {
    const answers = new Map([['EO-02-05', answered(7)], ['EO-03-01', answered(null, 'na')]])
    expect(refillsOf(all, answers, [], marks)).toEqual([])
    expect(refillsOf(all, answers, marks, [])).toEqual([])
  })

  test('follows a moment that is taken back or noted anew', () => {
    const answers = new Map([['EO-02-05', answered(1)], ['EO-03-01', answered(2)]])
    expect(refillsOf(all, answers, marks, marks.slice(0, 1))).toEqual([{ checkpoint: 'EO-02-05', value: null }, { checkpoint: 'EO-03-01', value: null }])
    expect(refillsOf(all, answers, marks, [marks[0]!, mark('greeted', 90), marks[2]!])).toEqual([{ checkpoint: 'EO-02-05', value: 1.5 }])
  })
})

test('the next moment is the one after the last noted, also when one was skipped', () => {
  expect(nextMoment([])).toBe('arrived')
  expect(nextMoment([mark('arrived', 0), mark('advisor', 5)])).toBe('signed')
  expect(nextMoment([mark('left', 0)])).toBeNull()
})

/** Answers are read in the checklist's order; NA is out of the score, never zero. */
import { expect, test } from 'vitest'
import type { Answer, Checklist, Result } from '@/shared/api/types'
import { answersByCode, groupedWaivers, nameOf, scoreLines, stagesAsked } from './reading'

const answer = (checkpoint: string, result: Result): Answer => ({ checkpoint, result, value: null, comment: null, evidence: [] })
const checkpoint = (code: string, weight: number) => ({ code, weight, title: { 'zh-CN': code }, answer: { type: 'pass_fail' } })
const checklist = {
  stages: [
    { code: 'A', checkpoints: [checkpoint('A1', 1), checkpoint('A2', 2)] },
    { code: 'B', checkpoints: [checkpoint('B1', 3)] },
    { code: 'C', checkpoints: [checkpoint('C1', 5)] },
  ],
} as unknown as Checklist

test('a visit shows what it was asked, open items too', () => {
  const answers = answersByCode([answer('B1', 'na'), answer('A2', 'fail')])
  const stages = stagesAsked(checklist, answers, ['C1'])
  expect(stages.map((one) => one.checkpoints.map((each) => each.code))).toEqual([['A2'], ['B1'], ['C1']])
  expect(scoreLines(stages, answers).map((line) => [line.code, line.earned])).toEqual([['A2', 0], ['B1', null]])
})

test('a person is named in either form', () => expect([nameOf('Bob'), nameOf({ name: 'Bob' }), nameOf(null)]).toEqual(['Bob', 'Bob', '–']))

test('waivers of one decision with one reason stand together', () => {
  const waiver = (checkpoint: string | null, reason: string) => ({ checkpoint, evidence: null, reason, at: 't', person: { id: 'p', name: 'Bob' } })
  const groups = groupedWaivers([waiver('A2', 'seen'), waiver('A1', 'seen'), waiver('B1', 'lost')])
  expect(groups.map((group) => [group.line.reason, group.places])).toEqual([['seen', ['A1', 'A2']], ['lost', ['B1']]])
})

/** A review survives looking elsewhere; refusals stand at their places; what was sent is gone from the draft. */
import { effectScope, nextTick, ref } from 'vue'
import { afterEach, expect, test, vi } from 'vitest'
import { Problem } from '@/shared/api/problem'
import type { DeskVisit } from '../../api/types'
import * as visits from '../../api/visits'
import { useReview } from './useReview'

const visit = (id: string): DeskVisit => ({ id, holes: [], open_items: [], waivers: [], evidence: [], round: 1 }) as unknown as DeskVisit
const inScope = <T>(make: () => T): T => effectScope().run(make)!
afterEach(() => vi.restoreAllMocks())

test('each visit keeps its own draft', async () => {
  const id = ref('v1')
  const review = inScope(() => useReview(() => id.value))
  review.mark('A1')
  id.value = 'v2'
  await nextTick()
  expect(review.isDirty.value).toBe(false)
  expect(inScope(() => useReview(() => 'v1')).draft.value.returned).toEqual({ A1: '' })
})

test('undo takes back marks, not letters', () => {
  const review = inScope(() => useReview(() => 'v3'))
  review.change('A1', 'pass', 'fail')
  review.explain('A1', 'se')
  review.explain('A1', 'seen')
  review.undo()
  expect(review.isDirty.value).toBe(false)
})

test('refusals are kept by place, and the draft stays', async () => {
  const errors = [{ checkpoint: 'A1', message: 'no proof' }, { evidence: 'e1', message: 'missing' } as never]
  vi.spyOn(visits, 'putReview').mockRejectedValue(new Problem(422, { detail: 'cannot be approved', errors }))
  const review = inScope(() => useReview(() => 'v4'))
  review.change('A1', 'pass', 'fail')
  expect(await review.send(visit('v4'), 'approved')).toBe(false)
  expect([review.refusals.value, review.refusal.value, review.isDirty.value]).toEqual([{ A1: 'no proof', e1: 'missing' }, 'cannot be approved', true])
})

test('after a decision nothing is left of the draft', async () => {
  const sent = vi.spyOn(visits, 'putReview').mockResolvedValue(visit('v5'))
  const review = inScope(() => useReview(() => 'v5'))
  review.say('fine')
  expect(await review.send(visit('v5'), 'approved')).toBe(true)
  expect(sent).toHaveBeenCalledWith('v5', expect.objectContaining({ verdict: 'approved', reason: 'fine' }))
  expect(inScope(() => useReview(() => 'v5')).isDirty.value).toBe(false)
})

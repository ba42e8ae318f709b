import { expect, test } from 'vitest'
import type { Signal } from '../../api/integrity'
import { cleared, equation, shownFiles, standing } from './signals'

const file = (id: string) => ({ id, kind: 'photo' as const, captured_at: null, renditions: ['thumb'] })
const clearing = { reason: 'seen', person: { id: 'b', name: 'Bob' }, at: '2026-05-20T00:00:00Z' }
const other = { visit_id: null, visited_on: null, store: null, wave: null, file: null }
const signal = (over: Partial<Signal>): Signal => ({
  id: 's', code: 'gallery', weight: 3, sentence: '', files: [], other: null, clearing: null, ...over,
})

test('the equation takes off what stands and nothing that was cleared', () => {
  const signals = [signal({ weight: 45 }), signal({ weight: 15 }), signal({ weight: 30, clearing })]
  expect(equation({ signals })).toBe('100 − 45 − 15')
  expect([standing({ signals }).length, cleared({ signals }).length]).toEqual([2, 1])
  expect(equation({ signals: [] })).toBe('100')
})

test('beside another picture stands one of ours, else the first few', () => {
  const files = ['a', 'b', 'c', 'd', 'e'].map(file)
  expect(shownFiles({ files, other: { ...other, file: file('z') } }).map((one) => one.id)).toEqual(['a'])
  expect(shownFiles({ files, other }).length).toBe(4)
  expect(shownFiles({ files, other: null }).length).toBe(4)
})

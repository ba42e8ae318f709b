/** Weakest first with the fails added up; a shown change stands before a larger one that chance may have made. */
import { expect, test } from 'vitest'
import type { CheckpointRow } from '../api/types'
import { isSmall, movers, naShare, pareto } from './pareto'

const row = (checkpoint: string, more: Partial<CheckpointRow>): CheckpointRow => ({
  checkpoint, title: {}, stage: 'S', module: 'M', critical: false, passed: 0, failed: 0, na: 0, na_rate: null, na_interval: null, visits: 10, applicable: 10, rate: 50, interval: null,
  change_pp: null, change_shown: false, earlier_rate: null, earlier_applicable: null, ...more,
})

test('the fails are added up over all rows, also those that are not shown', () => {
  const rows = [row('A', { rate: 90, failed: 1 }), row('B', { rate: 40, failed: 6 }), row('C', { rate: 70, failed: 3 })]
  expect(pareto(rows, 2).map((one) => [one.checkpoint, one.cumulated])).toEqual([['B', 60], ['C', 90]])
})

test('without a fail there is no share', () => expect(pareto([row('A', { rate: 100 })], 5)[0]!.cumulated).toBeNull())

test('movers are shown changes first, by size; none without an earlier wave', () => {
  const rows = [row('A', { change_pp: 20 }), row('B', { change_pp: 8, change_shown: true }), row('C', { change_pp: -3 }), row('D', {}), row('E', { change_pp: 0 })]
  const { up, down } = movers(rows, 5)
  expect([up.map((one) => one.checkpoint), down.map((one) => one.checkpoint)]).toEqual([['B', 'A'], ['C']])
})

test('the share of NA is of all answers, and few answers are few', () => {
  expect([naShare({ na: 5, applicable: 15 }), naShare({ na: 0, applicable: 0 }), isSmall({ applicable: 4 }), isSmall({ applicable: 5 })]).toEqual([25, null, true, false])
})

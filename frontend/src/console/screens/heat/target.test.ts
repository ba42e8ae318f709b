/** A cell leads to its fails with the page's filters kept. */
import { expect, test } from 'vitest'
import type { MatrixRow } from '../../api/types'
import { cellTarget, rowTarget } from './target'

const row = (id: string | null): MatrixRow => ({ id, code: null, name: null, rates: [], n: [], passed: [], applicable: [] })
const query = { region: 'r', method: 'remote', rows: 'stores', code: 'x' }

test('a stage of a store leads to that stage\'s checkpoints in that store', () => {
  expect(cellTarget('w', query, 'stores', 'stages', row('s'), 'A')).toEqual({ name: 'checkpoints', params: { id: 'w' }, query: { region: 'r', method: 'remote', store: 's', stage: 'A' } })
})

test('a checkpoint of a region leads to its wall there', () => {
  expect(cellTarget('w', query, 'regions', 'checkpoints', row('q'), 'A1')).toEqual({ name: 'checkpoint', params: { id: 'w', code: 'A1' }, query: { region: 'q', method: 'remote' } })
})

test('stores without a region lead on with the page\'s filters, and nowhere by themselves', () => {
  expect(cellTarget('w', {}, 'regions', 'modules', row(null), 'M')).toEqual({ name: 'checkpoints', params: { id: 'w' }, query: { module: 'M' } })
  expect([rowTarget('w', {}, 'regions', row(null)), rowTarget('w', {}, 'groups', row('g')), rowTarget('w', {}, 'stores', row('s'))]).toEqual([
    null, { name: 'stores', params: { id: 'w' }, query: { group: 'g' } }, { name: 'store', params: { id: 's' } },
  ])
})

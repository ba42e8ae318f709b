/** Each role can have only the scopes that mean something for it. */
import { expect, test } from 'vitest'
import { areComplete, membershipFor, scopeKinds } from './roles'

test.each([
  ['store_manager', ['store']],
  ['regional_manager', ['region']],
  ['shopper', ['all']],
  ['analyst', ['all', 'brand', 'region', 'group', 'store']],
] as const)('%s', (role, kinds) => expect(scopeKinds(role)).toEqual(kinds))

test('a manager without a part of the network is not complete', () => {
  const manager = membershipFor('group_manager')
  expect(areComplete([manager])).toBe(false)
  expect(areComplete([{ ...manager, scope_id: 'g1' }, membershipFor('planner')])).toBe(true)
})

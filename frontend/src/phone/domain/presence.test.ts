/** Check-ins: for whom, whose code it was, and what is said of them before and after the server has looked. */
import { describe, expect, test } from 'vitest'
import type { CheckIn, VisitRow } from '@/shared/api/types'
import { asksForCheckIn, isTyped, roundedMetres, standingOf, storeOf, tokenIn, visitsFor } from './presence'

const ONE = '01a21424-6c5b-7bbd-8400-c82171474049'
const TOKEN = `${ONE.replaceAll('-', '')}.signature`
const visit = (over: object = {}): VisitRow =>
  ({ id: 'v', state: 'taken', method: 'announced', return: null, open_items: [], store: { id: ONE }, ...over }) as unknown as VisitRow
const byCode = (store_token: string): CheckIn => ({ at: '', how: 'qr', position: null, store_token })
const byPosition: CheckIn = { at: '', how: 'position', position: null, store_token: null }

test.each(['covert', 'remote', 'self'])('a %s visit is never checked in', (method) => {
  expect(asksForCheckIn(visit({ method }))).toBe(false)
})

test('an open one is, while it is being made', () => {
  expect(['planned', 'taken', 'in_progress', 'approved'].map((state) => asksForCheckIn(visit({ state })))).toEqual([false, true, true, false])
})

test('a code names its store; anything else names none', () => {
  expect(storeOf(TOKEN)).toBe(ONE)
  expect(['', 'x', `${ONE}.sig`, ONE.replaceAll('-', '')].map(storeOf)).toEqual([null, null, null, null])
})

test('a code is found in the address that was read, or is what was read', () => {
  expect(tokenIn(`https://example.test/m/here?store=${TOKEN}`)).toBe(TOKEN)
  expect(tokenIn(` ${TOKEN} `)).toBe(TOKEN)
})

test('eight letters may be typed in any dress; look-alikes are not among them', () => {
  expect(['abcd efgh', 'ABCD-2345', 'ABCDEFGH'].map(isTyped)).toEqual([true, true, true])
  expect(['', 'ABCDEFG', 'ABCDEFGO', 'ABCD0123', TOKEN].map(isTyped)).toEqual([false, false, false, false, false])
})

test('the visits of the store come first', () => {
  const found = visitsFor(TOKEN, [visit({ id: 'other', store: { id: 'x' } }), visit(), visit({ id: 'covert', method: 'covert' })])
  expect(found.map(({ visit: { id }, isThere }) => [id, isThere])).toEqual([['v', true], ['other', false]])
})

describe('how a check-in stands', () => {
  test('before the server has looked it is kept, unless the code is plainly another store’s', () => {
    expect(standingOf(byPosition, null, visit())).toBe('kept')
    expect(standingOf(byCode(TOKEN), null, visit())).toBe('kept')
    expect(standingOf(byCode('ABCDEFGH'), null, visit())).toBe('kept')
    expect(standingOf(byCode(TOKEN), null, visit({ store: { id: 'x' } }))).toBe('elsewhere')
  })

  test('the server has the last word', () => {
    expect(standingOf(byPosition, { distance: 120, accuracy: 40, is_here: true }, visit())).toBe('here')
    expect(standingOf(byCode(TOKEN), { distance: null, accuracy: null, is_here: false }, visit())).toBe('elsewhere')
    expect(standingOf(byPosition, { distance: null, accuracy: 40, is_here: null }, visit())).toBe('kept')
  })
})

test('distances are not said more exactly than they are', () => {
  expect([123, 996, 1249, 5000].map(roundedMetres)).toEqual([120, 1000, 1200, 5000])
})

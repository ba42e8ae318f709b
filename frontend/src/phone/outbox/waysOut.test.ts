/** Every trouble of a file has a way out, and none is offered where nobody is in trouble. */
import { describe, expect, test } from 'vitest'
import { isGivenUp, lostReason, waysOut } from './waysOut'

const reason = (code: string) => ({ status: 422, code, text: '', errors: [] })
const file = (code: string) => ({ kind: 'file' as const, state: 'attention' as const, reason: reason(code) })

describe('the ways out', () => {
  test('of a damaged copy do not include sending it as what it was', () => {
    expect(waysOut(file('copy_damaged'))).toEqual(['retake', 'send_as_is', 'say_lost'])
  })

  test('of a copy that is gone are another one, or the truth', () => {
    expect(waysOut(file('bytes_missing'))).toEqual(['retake', 'say_lost'])
  })

  test('of a sound copy that arrived wrong thrice begin with trying again', () => {
    expect(waysOut(file('wrong-bytes'))[0]).toBe('again')
  })

  test.each(['upload_failed', 'http_413', 'constructor'])('of anything else, such as %s, is trying again', (code) => {
    expect(waysOut(file(code))).toEqual(['again'])
    expect(waysOut({ ...file(code), reason: null })).toEqual(['again'])
  })

  test.each(['waiting', 'sending', 'confirming', 'sign_in', 'refresh', 'done'] as const)('of one that is %s are none', (state) => {
    expect(waysOut({ ...file('copy_damaged'), state })).toEqual([])
  })

  test('of words never say that they are lost', () => {
    expect(waysOut({ kind: 'words', state: 'attention', reason: reason('bytes_missing') })).toEqual(['again'])
  })
})

test('a file is given up only when its owner said so', () => {
  expect(isGivenUp({ state: 'done', reason: lostReason('drowned') })).toBe(true)
  expect(isGivenUp({ state: 'done', reason: null })).toBe(false)
  expect(isGivenUp({ state: 'attention', reason: lostReason('drowned') })).toBe(false)
})

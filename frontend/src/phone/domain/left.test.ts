/** Bytes left are never more than the files have, and never less than none. */
import { expect, test } from 'vitest'
import { leftOf } from './left'

const files = [{ id: 'a', size: 100 }, { id: 'b', size: 50 }]

test('what is sent of a file is not left of it', () => {
  expect(leftOf(files, new Map())).toEqual({ count: 2, bytes: 150 })
  expect(leftOf(files, new Map([['a', 60], ['other', 9]]))).toEqual({ count: 2, bytes: 90 })
  expect(leftOf(files, new Map([['b', 51]]))).toEqual({ count: 2, bytes: 100 })
  expect(leftOf([], new Map())).toEqual({ count: 0, bytes: 0 })
})

/** Keys run commands only where they do not belong to a field, a dialog or the browser. */
import { expect, test } from 'vitest'
import { HELP, commandOf } from './keys'

const press = (key: string, more: object = {}) => commandOf({ key, ctrlKey: false, metaKey: false, altKey: false, target: document.body, ...more })

test.each([
  ['1', 'pass'], ['2', 'fail'], ['3', 'na'], ['R', 'return'], ['ArrowDown', 'next'], [' ', 'play'], ['?', 'help'], ['x', null],
])('%j runs %j', (key, command) => expect(press(key)).toBe(command))

test('a modifier or a field keeps its keys', () => {
  expect(press('r', { ctrlKey: true })).toBeNull()
  expect(press('1', { target: document.createElement('textarea') })).toBeNull()
  expect(press(' ', { target: document.createElement('button') })).toBeNull()
  expect(press('1', { target: document.createElement('button') })).toBe('pass')
})

test('the help names every command but the way back up', () => {
  expect(new Set(HELP.map(([, command]) => command)).size).toBe(HELP.length)
})

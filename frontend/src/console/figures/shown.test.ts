/** What a table says of a change: whether the sample shows it, and whether the checklist is the same. */
import { expect, test } from 'vitest'
import { shownWord } from './shown'

const t = (key: string): string => key

test('a change is shown, or not shown to be one', () => {
  expect(shownWord({ change_pp: 3.2, change_shown: true }, t)).toBe('figures.shown')
  expect(shownWord({ change_pp: 0.4, change_shown: false, break: false }, t)).toBe('figures.notShown')
})

test('a change across a new version says so', () => {
  expect(shownWord({ change_pp: 3.2, change_shown: true, break: true }, t)).toBe('figures.shown · trend.newVersion')
})

test('without an earlier value nothing is said', () => {
  expect(shownWord({ change_pp: null, change_shown: false, break: true }, t)).toBe('')
})

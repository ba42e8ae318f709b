/** What a form tells the server: nothing that its kind has not, and null for what is usual. */
import { expect, test } from 'vitest'
import type { Choices, Subscription } from '../../api/subscriptions'
import { bodyOf, clock, draftOf, isComplete, switched } from './draft'

const choices: Choices = { email: true, address: 'me@example.com', webhook: true, time_zone: 'Asia/Shanghai' }
const kept: Subscription = {
  id: '1', kind: 'weekly_summary', programme: null, weekday: 5, hour: 0, active: false, email: true, address: null, webhook: null,
  confirmed: true, writes_to: 'me@example.com', email_fault: null, has_secret: false, webhook_fault: null, due_at: null, told_until: null, created_at: '',
}

test('a new one is about the programme that was looked at', () => {
  expect(bodyOf(draftOf(null, 'P1', choices), true)).toEqual({
    kind: 'red_line', programme: 'P1', weekday: null, hour: null, active: true, email: false, address: null, webhook: null,
  })
})

test('only a weekly summary has a time, and midnight is one', () => {
  expect(bodyOf(draftOf(kept, 'P1', choices), true)).toMatchObject({ programme: null, weekday: 5, hour: 0, address: 'me@example.com' })
  expect(clock(0)).toBe('00:00')
})

test('a switch changes nothing else', () => {
  expect(switched(kept, true)).toEqual({ kind: 'weekly_summary', programme: null, weekday: 5, hour: 0, active: true, email: true, address: null, webhook: null })
})

test('mail needs an address, a webhook one of its own', () => {
  const draft = { ...draftOf(null, '', { ...choices, address: null }), email: true }
  expect(isComplete(draft, { ...choices, address: null })).toBe(false)
  expect(isComplete(draft, choices)).toBe(true)
  expect(isComplete({ ...draft, email: false, hook: true, webhook: ' ' }, choices)).toBe(false)
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetInbox, glanceAtInbox, refreshUnread, unread, watchInbox } from './inbox'

const asked = vi.hoisted(() => vi.fn(() => Promise.resolve({ unread: 2 })))
vi.mock('../api/subscriptions', () => ({ countUnread: asked }))

describe('the count of unread messages', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 })
    asked.mockClear()
  })
  afterEach(() => {
    forgetInbox()
    vi.useRealTimers()
  })

  it('is asked for once, however often the address changes at once', async () => {
    watchInbox()
    glanceAtInbox()
    glanceAtInbox()
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveBeenCalledTimes(1)
    expect(unread.value).toBe(2)
  })

  it('is asked for again on the way to another page, and every minute', async () => {
    watchInbox()
    await vi.advanceTimersByTimeAsync(3_000)
    glanceAtInbox()
    expect(asked).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveBeenCalledTimes(3)
  })

  it('is asked for by nobody who is not signed in', () => {
    glanceAtInbox()
    watchInbox()
    forgetInbox()
    vi.setSystemTime(2_000_000)
    glanceAtInbox()
    expect(asked).toHaveBeenCalledTimes(1)
  })

  it('is asked for at once by whoever changed it, and stays without network', async () => {
    watchInbox()
    await refreshUnread()
    expect(asked).toHaveBeenCalledTimes(2)
    asked.mockRejectedValueOnce(new Error('no network'))
    await refreshUnread()
    expect(unread.value).toBe(2)
  })
})

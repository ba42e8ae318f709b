/** The review before it is sent: staging, what stands against each verdict, and the body the server gets. */
import { describe, expect, test } from 'vitest'
import type { Evidence } from '@/shared/api/types'
import type { WaiverLine } from '../../api/types'
import { blockers, bodyOf, emptyDraft, explainChange, explainWaiver, isEmpty, noteReturn, stageChange, toggleReturn, toggleWaiver, waiveAll } from './draft'

const file = (id: string, state: Evidence['state']): Evidence => ({ id, state }) as Evidence
const visit = (more: object = {}) => ({ holes: [] as string[], open_items: [] as string[], waivers: [] as WaiverLine[], evidence: [] as Evidence[], round: 1, ...more })
const codes = (draft: ReturnType<typeof emptyDraft>, judged: ReturnType<typeof visit>, verdict: 'approved' | 'returned' | 'void') =>
  blockers(draft, judged, verdict).map(({ place, code }) => `${place}:${code}`)

describe('staging', () => {
  test('the same result again takes the change back', () => {
    const changed = stageChange(emptyDraft(), 'A1', 'pass', 'fail')
    expect(changed.changes).toEqual({ A1: { result: 'fail', reason: '' } })
    expect(isEmpty(stageChange(changed, 'A1', 'pass', 'pass'))).toBe(true)
  })

  test('another result keeps the reason already written', () => {
    const explained = explainChange(stageChange(emptyDraft(), 'A1', 'pass', 'fail'), 'A1', 'video shows it')
    expect(stageChange(explained, 'A1', 'pass', 'na').changes.A1).toEqual({ result: 'na', reason: 'video shows it' })
  })

  test('a reason without a change stages nothing', () => expect(isEmpty(explainChange(emptyDraft(), 'A1', 'x'))).toBe(true))

  test('returns and waivers are switched on and off', () => {
    expect(isEmpty(toggleReturn(toggleReturn(emptyDraft(), 'A1'), 'A1'))).toBe(true)
    expect(isEmpty(toggleWaiver(toggleWaiver(emptyDraft(), 'A1'), 'A1'))).toBe(true)
  })
})

test('one reason lets several places pass, a reason already written stays', () => {
  const one = explainWaiver(toggleWaiver(emptyDraft(), 'A1'), 'A1', 'seen on video')
  expect(waiveAll(one, ['A1', 'A2'], 'nothing to photograph').waived).toEqual({ A1: 'seen on video', A2: 'nothing to photograph' })
})

describe('approval', () => {
  test('a visit with everything there can be approved at once', () => expect(codes(emptyDraft(), visit(), 'approved')).toEqual([]))

  test('waits for holes, missing files and open items', () => {
    const judged = visit({ holes: ['A1'], open_items: ['C1'], evidence: [file('e1', 'unreadable'), file('e2', 'ready'), file('e3', 'expected')] })
    expect(codes(emptyDraft(), judged, 'approved')).toEqual(['A1:hole', 'e1:missing-file', 'e3:missing-file', 'C1:open-item'])
  })

  test('what was waived before or is waived now no longer stands against it, once it has a reason', () => {
    const waivers = [{ checkpoint: 'A1', evidence: null, reason: 'seen', at: '', person: null }]
    const judged = visit({ holes: ['A1', 'A2'], waivers })
    const waived = toggleWaiver(emptyDraft(), 'A2')
    expect(codes(waived, judged, 'approved')).toEqual(['A2:waive-reason'])
    expect(codes(explainWaiver(waived, 'A2', 'nothing to photograph'), judged, 'approved')).toEqual([])
  })

  test('refuses while a checkpoint is marked for return or a change has no reason', () => {
    const draft = toggleReturn(stageChange(emptyDraft(), 'A1', 'pass', 'fail'), 'B1')
    expect(codes(draft, visit(), 'approved')).toEqual(['A1:change-reason', 'B1:has-returns'])
  })
})

describe('return and void', () => {
  test('a return names checkpoints, a note for each, and a deadline', () => {
    expect(codes(emptyDraft(), visit(), 'returned')).toEqual([':nothing-returned', ':deadline'])
    const draft = { ...toggleReturn(emptyDraft(), 'A1'), deadline: '2026-12-01' }
    expect(codes(draft, visit(), 'returned')).toEqual(['A1:return-note'])
    expect(codes(noteReturn(draft, 'A1', 'too dark'), visit(), 'returned')).toEqual([])
  })

  test('a void needs its reason and nothing else', () => {
    expect(codes(emptyDraft(), visit({ holes: ['A1'] }), 'void')).toEqual([':void-reason'])
    expect(codes({ ...emptyDraft(), reason: 'wrong store' }, visit(), 'void')).toEqual([])
  })
})

describe('the body', () => {
  const draft = explainWaiver(explainWaiver(explainChange(stageChange(emptyDraft(), 'A1', 'pass', 'fail'), 'A1', ' seen '), 'A2', 'none'), 'e1', 'lost')
  const judged = visit({ evidence: [file('e1', 'expected')], round: 2 })

  test('names files as evidence and the rest as checkpoints, with the round', () => {
    expect(bodyOf(draft, judged, 'approved')).toEqual({
      verdict: 'approved', reason: null, round: 2,
      changes: [{ checkpoint: 'A1', result: 'fail', reason: 'seen' }],
      waived: [{ checkpoint: 'A2', reason: 'none' }, { evidence: 'e1', reason: 'lost' }],
    })
  })

  test('a return carries notes and deadline', () => {
    const returned = { ...noteReturn(emptyDraft(), 'B1', 'dark'), deadline: '2026-12-01T10:00:00Z' }
    expect(bodyOf(returned, judged, 'returned')).toMatchObject({ deadline: '2026-12-01T10:00:00Z', returned: [{ checkpoint: 'B1', note: 'dark' }] })
  })

  test('a void takes nothing else with it', () => {
    expect(bodyOf({ ...draft, reason: 'duplicate' }, judged, 'void')).toEqual({ verdict: 'void', reason: 'duplicate', round: 2 })
  })
})

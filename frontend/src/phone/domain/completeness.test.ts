/** Whole visits, on the cases shared with the server. */
import { describe, expect, test } from 'vitest'
import type { Checklist, EvidenceKind, Method, Result } from '@/shared/api/types'
import shared from '../../../../tests/cases/completeness.json'
import { examine, examineDraft } from './completeness'
import type { Answered } from './completeness'

const versions = shared.versions as unknown as Record<string, Checklist>

interface Case {
  name: string
  version: string
  method: Method
  phase: 'submission' | 'follow_up'
  answers: Record<string, { result: Result; comment: string | null; evidence: EvidenceKind[] }>
  faults: { checkpoint: string; code: string; params: Record<string, unknown> }[]
  holes: string[]
  open_items: string[]
}

const cases = shared.cases as unknown as Case[]

describe('examining a visit', () => {
  test.each(cases)('$name', ({ version, method, phase, answers, faults, holes, open_items }) => {
    const answered = new Map<string, Answered>(Object.entries(answers))
    expect(examine(versions[version]!, method, answered, phase)).toEqual({ faults, holes, openItems: open_items })
  })
})

describe('examining a draft on the phone', () => {
  const version = versions.exam!
  const checkpoint = version.stages.flatMap((stage) => stage.checkpoints).find(({ code }) => code === 'TWO')!
  const kinds = new Map<string, EvidenceKind>([['a', 'photo'], ['b', 'photo']])
  const codes = (ids: string[]) =>
    examineDraft(version, checkpoint, { checkpoint: 'TWO', result: 'pass', value: null, comment: null, evidence: ids.map((id) => ({ id, at_ms: null })) }, kinds)
      .faults.map(({ code }) => code)

  test('an item without an answer lacks one', () => {
    expect(examineDraft(version, checkpoint, undefined, kinds).faults[0]?.code).toBe('answer-missing')
  })

  test('linked files count by their kind, the same file once', () => {
    expect(codes(['a', 'b'])).toEqual([])
    expect(codes(['a', 'a'])).toEqual(['evidence-missing-photo'])
  })

  test('a file that nobody knows proves nothing', () => {
    expect(codes(['a', 'gone'])).toEqual(['evidence-missing-photo'])
  })
})

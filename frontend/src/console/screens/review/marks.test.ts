import { describe, expect, it } from 'vitest'
import type { Answer, EvidenceLink } from '@/shared/api/types'
import { marksOf, placeOf } from './marks'

const answer = (checkpoint: string, ...evidence: EvidenceLink[]): Answer => ({ checkpoint, result: 'pass', value: null, comment: null, evidence })

describe('marksOf', () => {
  it('gathers the marks of one file from all answers, in the order of time', () => {
    const answers = [
      answer('B', { id: 'clip', at_ms: 9000 }, { id: 'other', at_ms: 100 }),
      answer('A', { id: 'clip', at_ms: 0 }, { id: 'clip', at_ms: 12_000 }),
      answer('C', { id: 'clip', at_ms: 9000 }),
    ]
    expect(marksOf('clip', answers).map(({ atMs, checkpoint }) => `${atMs} ${checkpoint}`)).toEqual(['0 A', '9000 B', '9000 C', '12000 A'])
  })

  it('leaves out links without a mark', () => {
    expect(marksOf('clip', [answer('A', { id: 'clip', at_ms: null }), answer('B')])).toEqual([])
  })
})

describe('placeOf', () => {
  it('is a part of the whole and never outside it', () => {
    expect([placeOf(0, 4000), placeOf(1000, 4000), placeOf(9000, 4000), placeOf(1000, null)]).toEqual(['0.00%', '25.00%', '100.00%', '0.00%'])
  })
})

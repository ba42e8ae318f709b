/** Scorecards and rounding, on the cases shared with the server. */
import { describe, expect, test } from 'vitest'
import type { Checklist, Result } from '@/shared/api/types'
import shared from '../../../../tests/cases/scoring.json'
import { rounded } from './decimal'
import { scorecardOf } from './scoring'

const versions = shared.versions as unknown as Record<string, Checklist>

interface Case {
  name: string
  version: string
  results: Record<string, Result>
  scorecard: unknown
}

describe('scoring a visit', () => {
  test.each(shared.cases as unknown as Case[])('$name', ({ version, results, scorecard }) => {
    expect(scorecardOf(versions[version]!, new Map(Object.entries(results)))).toEqual(scorecard)
  })
})

describe('rounding', () => {
  test.each(shared.rounding)('$numerator/$denominator to $places places', ({ numerator, denominator, places, rounded: expected }) => {
    expect(rounded({ numerator: BigInt(numerator), denominator: BigInt(denominator) }, places)).toBe(expected)
  })
})

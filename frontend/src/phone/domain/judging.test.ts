/** One answer at a time, on the cases shared with the server. */
import { describe, expect, test } from 'vitest'
import type { Checklist, Checkpoint } from '@/shared/api/types'
import shared from '../../../../tests/cases/completeness.json'
import { judge } from './judging'

const versions = shared.versions as unknown as Record<string, Checklist>
const version = versions[shared.judging_version]!
const checkpoints = new Map<string, Checkpoint>(version.stages.flatMap((stage) => stage.checkpoints.map((one) => [one.code, one])))

interface Case {
  name: string
  checkpoint: string
  result: string | null
  value: unknown
  becomes?: string
  fault?: { code: string; params: Record<string, unknown> }
}

describe('judging one answer', () => {
  test.each(shared.judging as Case[])('$name', ({ checkpoint, result, value, becomes, fault }) => {
    const expected = becomes ?? { checkpoint, ...fault }
    expect(judge(checkpoints.get(checkpoint)!, result, value)).toEqual(expected)
  })
})

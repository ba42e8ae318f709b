/** What a wave is, to those who read it later, and what may be done with it. */
import { expect, test } from 'vitest'
import type { WaveState } from '../../api/types'
import { nextSteps, releaseOf } from './release'

const NOW = '2026-11-26T00:00:00Z'
const wave = (state: WaveState, published_at: string | null = null) => ({ state, published_at })

test('a locked wave stays locked, whoever published it', () => {
  expect([wave('locked'), wave('locked', NOW)].map(releaseOf)).toEqual(['locked', 'locked'])
  expect(nextSteps(wave('locked'))).toEqual([])
})

test('a draft takes no step, an open or closed wave is published, then locked', () => {
  expect(nextSteps(wave('draft'))).toEqual([])
  expect(nextSteps(wave('open'))).toEqual(['publish', 'lock'])
  expect(nextSteps(wave('closed', NOW))).toEqual(['lock'])
  expect([wave('draft'), wave('closed'), wave('open', NOW)].map(releaseOf)).toEqual(['draft', 'unpublished', 'published'])
})

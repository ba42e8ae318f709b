/** How far a wave is opened to regions, groups and stores, and which steps a planner can take next. */
import type { Wave } from '../../api/types'

export type ReleaseStep = 'publish' | 'lock'
export type Release = 'draft' | 'unpublished' | 'published' | 'locked'

export function releaseOf({ state, published_at }: Pick<Wave, 'state' | 'published_at'>): Release {
  if (state === 'locked' || state === 'draft') return state
  return published_at ? 'published' : 'unpublished'
}

const STEPS: Record<Release, ReleaseStep[]> = { draft: [], unpublished: ['publish', 'lock'], published: ['lock'], locked: [] }

export const nextSteps = (wave: Pick<Wave, 'state' | 'published_at'>): ReleaseStep[] => STEPS[releaseOf(wave)]

/** After leaving the store: until the person says that the car stands, the app only tells, and asks for nothing. */
import type { Mark } from '@/shared/api/types'

/** `on_the_road`: left, and not known to stand yet. `standing`: now it may be written. */
export type Afterwards = 'not_yet' | 'on_the_road' | 'standing'

/** Nobody is on the way home from a dealership for longer; then the app need not be told. */
const LONGEST_WAY_MS = 4 * 3_600_000

/** Where the person is, as far as an honest app can know: from the mark `left` and their own word that they stand. */
export function afterwardsOf(marks: readonly Mark[], standingSince: string | null, now: number): Afterwards {
  const left = marks.find(({ name }) => name === 'left')
  if (!left) return 'not_yet'
  const leftAt = Date.parse(left.at)
  const saidSo = standingSince !== null && Date.parse(standingSince) >= leftAt
  return saidSo || now - leftAt > LONGEST_WAY_MS ? 'standing' : 'on_the_road'
}

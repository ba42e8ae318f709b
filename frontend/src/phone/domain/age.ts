/** How long something has been waiting, in the largest whole unit a person would use. */

export interface Age {
  unit: 'minutes' | 'hours' | 'days'
  n: number
}

const HOUR_MIN = 60
const DAY_MIN = 24 * HOUR_MIN
/** From here on days read better than hours. */
const MANY_HOURS = 48

/** The age at `now` (milliseconds since 1970) of what began at `since`; a clock that was set back counts as just now. */
export function ageOf(since: string, now: number): Age {
  const minutes = Math.max(0, Math.floor((now - Date.parse(since)) / 60_000)) || 0
  if (minutes < HOUR_MIN) return { unit: 'minutes', n: minutes }
  if (minutes < MANY_HOURS * HOUR_MIN) return { unit: 'hours', n: Math.floor(minutes / HOUR_MIN) }
  return { unit: 'days', n: Math.floor(minutes / DAY_MIN) }
}

/** Where the phone is at a capture, under the person's consent; never waits long and never stands in the way. */
import type { Position } from '@/shared/api/types'
import { sharesPosition } from '../store/consent'

const PATIENCE_MS = 4_000
const FRESH_MS = 60_000

const options: PositionOptions = { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: FRESH_MS }

const fix = ({ coords }: GeolocationPosition): Position => ({
  lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy, datum: 'WGS-84',
})

/** The position now, or null without consent, signal or permission. */
export function positionNow(): Promise<Position | null> {
  if (!sharesPosition() || !navigator.geolocation) return Promise.resolve(null)
  return new Promise((resolve) => navigator.geolocation.getCurrentPosition((found) => resolve(fix(found)), () => resolve(null), options))
}

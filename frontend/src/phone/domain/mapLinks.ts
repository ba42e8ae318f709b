/** Addresses that open the phone's own map at a store: nothing is asked of a map server by the app itself. */
import type { VisitRow } from '@/shared/api/types'

type Store = VisitRow['store']

export interface MapLink {
  app: 'own' | 'amap'
  address: string
}

const words = (store: Store): string => [store.city && !store.address?.startsWith(store.city) ? store.city : '', store.address, store.name].filter(Boolean).join(' ')

// Only AMap knows Chinese degrees by name, and nobody but Baidu knows Baidu's: those are looked for by their words.
const AMAP_DATUM: Record<string, string> = { 'GCJ-02': 'gaode', 'WGS-84': 'wgs84' }

function ownMap(store: Store, isApple: boolean): string {
  const { lat, lon, datum } = store
  const asked = encodeURIComponent(words(store))
  const isPlain = lat != null && lon != null && datum === 'WGS-84'
  if (isApple) return isPlain ? `maps:?ll=${lat},${lon}&q=${asked}` : `maps:?q=${asked}`
  return isPlain ? `geo:${lat},${lon}?q=${lat},${lon}(${encodeURIComponent(store.name)})` : `geo:0,0?q=${asked}`
}

function amap(store: Store): string {
  const { lat, lon, datum } = store
  const coordinate = AMAP_DATUM[datum ?? '']
  const name = encodeURIComponent(store.name)
  if (lat == null || lon == null || !coordinate) return `https://uri.amap.com/search?keyword=${encodeURIComponent(words(store))}&callnative=1`
  return `https://uri.amap.com/marker?position=${lon},${lat}&name=${name}&coordinate=${coordinate}&callnative=1`
}

/** The phone's own map and AMap; none for a store of which neither address nor position is known. */
export function mapLinks(store: Store, isApple: boolean): MapLink[] {
  if (!store.address && store.lat == null) return []
  return [{ app: 'own', address: ownMap(store, isApple) }, { app: 'amap', address: amap(store) }]
}

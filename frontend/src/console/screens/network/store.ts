/** A store as the form edits it and as the API takes it. */
import type { Store } from '../../api/types'

export const emptyStore = (id: string): Store => ({
  id, code: '', name: '', brand_id: null, region_id: null, group_id: null, city: null, address: null, lat: null, lon: null, datum: null,
  opened_on: null, closed_on: null, staff_informed_on: null, staff_informed_by: null, tags: [],
})

type Body = Omit<Store, 'id' | 'revision'>
const trimmed = (text: string | null): string | null => text?.trim() || null

/** The body of the store: words trimmed, empty ones null; what the server adds (id, revision, other fields) stays out. */
export function storeBody(store: Store): Body {
  const { code, name, brand_id, region_id, group_id, city, address, lat, lon, datum, opened_on, closed_on, staff_informed_on, staff_informed_by, tags } = store
  const words = { code: code.trim(), name: name.trim(), city: trimmed(city), address: trimmed(address), staff_informed_by: trimmed(staff_informed_by) }
  const place = { lat: lat ?? null, lon: lon ?? null, datum: datum || null }
  return { ...words, ...place, brand_id, region_id: region_id || null, group_id: group_id || null, opened_on, closed_on, staff_informed_on, tags: tags.map((tag) => tag.trim()).filter(Boolean) }
}

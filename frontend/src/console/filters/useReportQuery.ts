/** The wave of the address and its report filters, as one query for the API. */
import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import { useRoute } from 'vue-router'
import type { Query } from '@/shared/api/client'
import { waveById } from '../frame/waves'
import type { Wave } from '../api/types'
import { useFilter } from './useFilter'

interface ReportQuery {
  waveId: ComputedRef<string>
  wave: ComputedRef<Wave | null>
  query: ComputedRef<Query>
  /** Everything the figures depend on, to be watched. */
  key: () => string
}

export function useReportQuery(): ReportQuery {
  const route = useRoute()
  const [region, group, method, tag, store] = [useFilter('region'), useFilter('group'), useFilter('method'), useFilter('tag'), useFilter('store')]
  const waveId = computed(() => String(route.params.id))
  const query = computed<Query>(() => ({ region: region.value, group: group.value, method: method.value, tag: tag.value, store: store.value }))
  return { waveId, wave: computed(() => waveById(waveId.value)), query, key: () => JSON.stringify([waveId.value, query.value]) }
}

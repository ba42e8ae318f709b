/** The names of the three sides of a store's charts, in the reader's language. */
import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import { useI18n } from 'petite-vue-i18n'
import type { BesideWords } from '../../charts/radar'

export function useBeside(): ComputedRef<BesideWords> {
  const { t } = useI18n()
  return computed(() => ({ own: t('stores.own'), region: t('stores.regionMean'), network: t('stores.networkMean') }))
}

/** Makes files of the recordings over which the app was closed, and tells the person of it. */
import { showToast } from 'vant'
import { t } from '@/shared/i18n'
import { finishLeftOver } from '../../capture/finishing'

export async function keepLeftOver(): Promise<void> {
  const outcomes = await finishLeftOver()
  const kept = outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value !== null).length
  if (outcomes.some(({ status }) => status === 'rejected')) showToast(t('camera.notPutTogether'))
  else if (kept) showToast({ message: t('camera.leftOver', { n: kept }, kept), duration: 6_000 })
}

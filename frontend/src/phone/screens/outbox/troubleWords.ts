/** Why an item of the outbox waits or failed, in words. */
import { t } from '@/shared/i18n'
import type { OutboxRecord } from '../../store/records'

const REASONS = new Map([
  ['offline', 'outbox.reason.offline'], ['bytes_missing', 'outbox.reason.bytesMissing'], ['not_yet_confirmed', 'outbox.reason.confirming'],
  ['copy_damaged', 'outbox.reason.copyDamaged'], ['wrong-bytes', 'outbox.reason.wrongBytes'],
])

const isRetried = ({ state, reason }: Pick<OutboxRecord, 'state' | 'reason'>): boolean => state === 'waiting' && reason?.code === 'wrong-bytes'

/** The reason that is kept with the item; the server's own sentence where we have none better. */
export function reasonText(item: Pick<OutboxRecord, 'state' | 'reason'>): string {
  const key = isRetried(item) ? undefined : REASONS.get(item.reason?.code ?? '')
  return key ? t(key) : (item.reason?.text ?? '')
}

/** What is wrong with an item that needs a person. */
export function troubleText(item: Pick<OutboxRecord, 'state' | 'reason'>): string {
  const why = reasonText(item)
  if (!why) return t('outbox.reason.refused')
  return REASONS.has(item.reason?.code ?? '') ? why : t('outbox.reason.refusedFor', { why })
}

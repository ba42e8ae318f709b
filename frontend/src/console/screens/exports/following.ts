/** Follows an export wherever the person goes meanwhile, and ends in a notice. */
import { Problem } from '@/shared/api/problem'
import { t } from '@/shared/i18n'
import { readExport } from '../../api/exports'
import type { ExportLine } from '../../api/exports'
import { reportDone, reportFailure } from '../../load/notices'
import { isUnfinished } from './progress'

export const LOOK_EVERY_MS = 2000

const told = (one: ExportLine): string => t('exports.ready', { name: one.name ?? '' })

/** Looks again and again until it is done, failed or cancelled; a network that is away is waited for. */
export function follow(id: string): void {
  setTimeout(async () => {
    const one = await readExport(id).catch(() => null)
    if (one === null || isUnfinished(one)) follow(id)
    else if (one.state === 'done') reportDone(told(one))
    else if (one.fault) reportFailure(new Problem(409, { code: one.fault.code, detail: one.fault.message }))
  }, LOOK_EVERY_MS)
}

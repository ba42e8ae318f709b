/** What a piece of work still lacks, in words. */
import { t } from '@/shared/i18n'
import type { Tally } from '../domain/sheet'

export function missingText({ missingAnswers, missingOther, missingEvidence }: Tally): string {
  const answers = missingAnswers + missingOther
  const parts = [
    answers ? t('missing.answers', { n: answers }, answers) : '',
    missingEvidence ? t('missing.evidence', { n: missingEvidence }, missingEvidence) : '',
  ].filter(Boolean)
  return parts.length ? parts.join(' · ') : t('missing.none')
}

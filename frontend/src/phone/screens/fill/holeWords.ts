/** What an item lacks, as a sentence. */
import { t } from '@/shared/i18n'
import type { Hole, Need } from '../../domain/completeness'

const needText = ({ kind, need, have }: Need): string => t('hole.need', { kind: t(`kind.${kind}`), n: need - have }, need - have)

/** One hole in words, with the kinds and counts that evidence lacks. */
export function holeText(hole: Hole): string {
  if (hole.code !== 'evidence') return t(`hole.${hole.code}`)
  const needs = (hole.needs ?? []).map(needText)
  return t('hole.evidence', { needs: needs.join(hole.mode === 'any' ? t('hole.or') : t('hole.and')) })
}

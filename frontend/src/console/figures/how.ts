/** How each kind of figure is made, as sentences for `HowComputed` and for the foot of a picture. */
import { t } from '@/shared/i18n'

const RULES = {
  mean: ['storeRate', 'mean', 'tInterval', 'change', 'changeShown', 'rounding'],
  pooled: ['pooled', 'rounding'],
  score: ['score', 'redCap', 'scoreMean', 'rounding'],
  part: ['part', 'storeRate', 'mean', 'change', 'changeShown', 'rounding'],
  store: ['storeRate', 'score', 'redCap', 'change', 'storeChange', 'rounding'],
  redLines: ['redLines'],
  sample: ['sample'],
  checkpoint: ['checkpoint', 'wilson', 'lineage', 'newcombe', 'rounding'],
  movers: ['checkpoint', 'lineage', 'newcombe', 'rounding'],
  trend: ['storeRate', 'mean', 'tInterval', 'likeForLike'],
  checkpointTrend: ['checkpoint', 'wilson', 'likeForLike'],
} as const

export type FigureKind = keyof typeof RULES

export const howLines = (kind: FigureKind): string[] => RULES[kind].map((rule) => t(`how.${rule}`))

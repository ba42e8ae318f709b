/** The sentence that opens a store's page: where it stands now, and what it keeps failing. */
import { rate } from '@/shared/format'
import { inLocale } from '@/shared/i18n'
import type { StoreReport, StoreWave } from '../../api/types'
import { bandText } from '../../figures/parts'

type Say = (key: string, values?: Record<string, unknown>) => string

function standing(wave: StoreWave, t: Say): string {
  const base = { wave: wave.name, rate: rate(wave.rate), n: wave.visits, stores: wave.ranked }
  if (!wave.sample_ok || wave.rank === null) return t('stores.sentenceSmall', base)
  return t('stores.sentence', { ...base, rank: wave.rank, band: bandText(wave.band) || wave.rank })
}

function repeats(report: StoreReport, t: Say): string {
  const worst = [...report.repeat_fails].sort((a, b) => b.waves.length - a.waves.length).slice(0, 3)
  if (!worst.length) return ''
  const names = worst.map((fail) => inLocale(fail.title)).join(t('stores.listMark'))
  return t('stores.sentenceRepeats', { n: Math.min(...worst.map((fail) => fail.waves.length)), names })
}

/** One or two sentences; `latest` is the store's last wave with results. */
export const storeSentence = (report: StoreReport, latest: StoreWave | null, t: Say): string =>
  latest ? [standing(latest, t), repeats(report, t)].filter(Boolean).join('') : t('stores.sentenceNone')

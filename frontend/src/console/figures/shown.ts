/** Whether the sample shows a change, in words: as a column of its own beside the change, so that it is exported too. */
import type { Column } from '../table/columns'

interface Changed {
  change_pp: number | null
  change_shown: boolean
  /** The wave before asked other items: the change is across a new version. */
  break?: boolean
}

export function shownWord(row: Changed, t: (key: string) => string): string {
  if (row.change_pp === null) return ''
  return [t(row.change_shown ? 'figures.shown' : 'figures.notShown'), row.break ? t('trend.newVersion') : ''].filter(Boolean).join(' · ')
}

export const shownColumn = (t: (key: string) => string): Column<Changed> => ({
  key: 'shown', title: t('words.changeShown'), text: (row) => shownWord(row, t),
  sort: (row) => (row.change_pp === null ? null : Number(row.change_shown)), wide: true, nowrap: true,
})

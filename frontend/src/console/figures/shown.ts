/** Whether the sample shows a change, in words: as a column of its own beside the change, so that it is exported too. */
import type { Column } from '../table/columns'

interface Changed {
  change_pp: number | null
  change_shown: boolean
}

export const shownWord = (row: Changed, t: (key: string) => string): string => (row.change_pp === null ? '' : t(row.change_shown ? 'figures.shown' : 'figures.notShown'))

export const shownColumn = (t: (key: string) => string): Column<Changed> => ({
  key: 'shown', title: t('words.changeShown'), text: (row) => shownWord(row, t),
  sort: (row) => (row.change_pp === null ? null : Number(row.change_shown)), wide: true, nowrap: true,
})

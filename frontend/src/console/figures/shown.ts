/** The column that says whether the sample shows a change: text beside the change itself, so that it is exported too. */
import type { Column } from '../table/columns'

interface Changed {
  change_pp: number | null
  change_shown: boolean
}

export const shownColumn = (t: (key: string) => string): Column<Changed> => ({
  key: 'shown', title: t('words.changeShown'), text: (row) => (row.change_pp === null ? '' : t(row.change_shown ? 'figures.shown' : 'figures.notShown')),
  sort: (row) => (row.change_pp === null ? null : Number(row.change_shown)), wide: true, nowrap: true,
})

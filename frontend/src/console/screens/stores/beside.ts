/** The table behind a store's charts: its own figure, its region's, the network's. */
import { rate } from '@/shared/format'
import type { Beside, BesideWords } from '../../charts/radar'
import type { Column } from '../../table/columns'

export const besideColumns = <R extends Beside>(first: string, words: BesideWords): Column<R>[] => [
  { key: 'name', title: first, text: (row) => row.name, nowrap: true },
  { key: 'own', title: words.own, text: (row) => rate(row.rate), csv: (row) => row.rate, numeric: true },
  { key: 'region', title: words.region, text: (row) => rate(row.region_rate), csv: (row) => row.region_rate, numeric: true },
  { key: 'network', title: words.network, text: (row) => rate(row.network_rate), csv: (row) => row.network_rate, numeric: true },
]

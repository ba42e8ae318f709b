/** Sorting keeps empty values last, search needs every word, export holds plain figures. */
import { expect, test } from 'vitest'
import { copiedText, matching, nextOrder, sorted, tableText } from './columns'
import type { Column } from './columns'

interface Row {
  name: string
  rate: number | null
}

const columns: Column<Row>[] = [
  { key: 'name', title: '门店', text: (row) => row.name, sort: (row) => row.name },
  { key: 'rate', title: '落实率', text: (row) => `${row.rate ?? '–'} %`, csv: (row) => row.rate, sort: (row) => row.rate },
]
const rows: Row[] = [{ name: 'S10', rate: 80 }, { name: 'S9', rate: null }, { name: 'S2', rate: 91.5 }]
const names = (list: readonly Row[]): string[] => list.map((row) => row.name)

test('numbers inside names sort as numbers', () => {
  expect(names(sorted(rows, columns, { key: 'name', descending: false }))).toEqual(['S2', 'S9', 'S10'])
})

test.each([false, true])('a row without a value comes last (descending: %s)', (descending) => {
  expect(names(sorted(rows, columns, { key: 'rate', descending })).at(-1)).toBe('S9')
})

test('an unknown or missing order leaves the rows as they came', () => {
  expect(sorted(rows, columns, null)).toBe(rows)
  expect(sorted(rows, columns, { key: 'gone', descending: true })).toBe(rows)
})

test('every word of the search must be found', () => {
  expect(names(matching(rows, columns, 's 91'))).toEqual(['S2'])
  expect(matching(rows, columns, '  ')).toBe(rows)
})

test('export holds figures, not their dress', () => {
  const withBar = [...columns, { key: 'bar', title: '', text: () => '' }]
  expect(tableText(withBar, rows.slice(1))).toBe('\uFEFF门店,落实率\r\nS9,\r\nS2,91.5\r\n')
})

test('a head is clicked through down, up, none', () => {
  const down = nextOrder(null, 'rate')
  const up = nextOrder(down, 'rate')
  expect([down, up, nextOrder(up, 'rate')]).toEqual([{ key: 'rate', descending: true }, { key: 'rate', descending: false }, null])
})

test('a column without an order of its own sorts by its figure, and a dash comes last', () => {
  const plain: Column<Row>[] = [{ key: 'rate', title: '', text: (row) => (row.rate === null ? '–' : `${row.rate} %`) }]
  expect(names(sorted(rows, plain, { key: 'rate', descending: true }))).toEqual(['S2', 'S10', 'S9'])
})

test('what is copied falls into the cells of a spreadsheet and runs nothing', () => {
  expect(copiedText(columns, [{ name: 'S1\t=1', rate: 80 }, { name: '=HYPERLINK()', rate: null }])).toBe("门店\t落实率\nS1 =1\t80\n'=HYPERLINK()\t")
})

/** What a table needs to know of a column, and the pure work on rows: search, sort, cut into pages, write as text. */
import { csvText, tabbedText } from './csv'
import type { Cell } from './csv'

export interface Column<R> {
  key: string
  title: string
  /** What is shown, searched and, without `csv`, exported. */
  text: (row: R) => string
  /** What is exported instead: plain figures. */
  csv?: (row: R) => Cell
  /** What is sorted by; without it, the plain figure or the text. */
  sort?: (row: R) => number | string | boolean | null | undefined
  numeric?: boolean
  /** Left out on narrow screens. */
  wide?: boolean
  /** Keeps a line instead of breaking. */
  nowrap?: boolean
}

export interface Order {
  key: string
  descending: boolean
}

type Key = number | string | boolean | null | undefined
const isAbsent = (key: Key): boolean => key === null || key === undefined || key === '' || key === '–'

const order = new Intl.Collator('zh-CN', { numeric: true })
const compareKeys = (a: Key, b: Key): number =>
  typeof a === 'string' && typeof b === 'string' ? order.compare(a, b) : Number(a) - Number(b)

/** Rows in order; rows without a value come last whichever way it runs. */
export function sorted<R>(rows: readonly R[], columns: readonly Column<R>[], by: Order | null): readonly R[] {
  const column = columns.find((one) => one.key === by?.key)
  if (!by || !column) return rows
  const key = column.sort ?? column.csv ?? column.text
  const sign = by.descending ? -1 : 1
  return [...rows].sort((a, b) => {
    const [left, right] = [key(a), key(b)]
    if (isAbsent(left) || isAbsent(right)) return Number(isAbsent(left)) - Number(isAbsent(right))
    return sign * compareKeys(left, right)
  })
}

/** Rows in which some shown cell holds every word of the search. */
export function matching<R>(rows: readonly R[], columns: readonly Column<R>[], search: string): readonly R[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.length) return rows
  return rows.filter((row) => {
    const line = columns.map((column) => column.text(row)).join(' ').toLowerCase()
    return words.every((word) => line.includes(word))
  })
}

/** The table as it is shown, all pages of it, as CSV. Bars and buttons have no title, and stay behind. */
export function tableText<R>(columns: readonly Column<R>[], rows: readonly R[], write = csvText): string {
  const worded = columns.filter((column) => column.title !== '')
  const header = worded.map((column) => column.title)
  return write(header, rows.map((row) => worded.map((column) => (column.csv ?? column.text)(row))))
}

/** The same for the clipboard: a spreadsheet takes it into cells. */
export const copiedText = <R>(columns: readonly Column<R>[], rows: readonly R[]): string => tableText(columns, rows, tabbedText)

/** The next order after a click on a head: down, up, none. */
export function nextOrder(by: Order | null, key: string): Order | null {
  if (by?.key !== key) return { key, descending: true }
  return by.descending ? { key, descending: false } : null
}

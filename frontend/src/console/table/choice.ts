/** Which columns of a table a person chose to see, kept on the device. Tables with the same columns share one choice. */
import type { Column } from './columns'

const keyOf = (columns: readonly { key: string }[]): string => `mingcha.columns.${columns.map((column) => column.key).join('.')}`

/** The keys of the columns left out, or null where nothing was chosen. */
export function readHidden(columns: readonly { key: string }[]): Set<string> | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(columns)) ?? 'null')
    return Array.isArray(kept) ? new Set(kept.map(String)) : null
  } catch {
    return null
  }
}

/** Keeps a choice; null goes back to the table's own. A browser that keeps nothing still shows the choice. */
export function keepHidden(columns: readonly { key: string }[], hidden: ReadonlySet<string> | null): void {
  try {
    if (hidden) localStorage.setItem(keyOf(columns), JSON.stringify([...hidden]))
    else localStorage.removeItem(keyOf(columns))
  } catch {
    return
  }
}

/** The columns to show: the first always stands, for it leads on. */
export const chosenColumns = <R>(columns: readonly Column<R>[], hidden: ReadonlySet<string> | null): Column<R>[] =>
  columns.filter((column, place) => place === 0 || !hidden?.has(column.key))

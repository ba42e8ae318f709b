/** Tables as CSV that spreadsheets open safely: UTF-8 with a byte order mark, CRLF, formulas made harmless. */

export type Cell = string | number | boolean | null | undefined

const BOM = '\uFEFF'
const isNumeric = (text: string): boolean => /^[+-]?\d+(\.\d+)?$/.test(text)
const looksLikeFormula = (text: string): boolean => /^[=+\-@\t\r]/.test(text) && !isNumeric(text)

/** One cell: an apostrophe before what a spreadsheet would run, quotes where the format asks for them. */
export function csvCell(value: Cell): string {
  const text = value === null || value === undefined ? '' : String(value)
  const safe = looksLikeFormula(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The whole file's text. */
export const csvText = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  BOM + [header, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n'

const fileName = (name: string): string => `${name.replace(/[\\/:*?"<>|\s]+/g, '-')}.csv`

/** Hands the text to the browser as a download. */
export function saveCSV(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  link.download = fileName(name)
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** Tables as CSV that spreadsheets open safely: UTF-8 with a byte order mark, CRLF, formulas made harmless. */

export type Cell = string | number | boolean | null | undefined

const BOM = '\uFEFF'
const isNumeric = (text: string): boolean => /^[+-]?\d+(\.\d+)?$/.test(text)
const looksLikeFormula = (text: string): boolean => /^[=+\-@\t\r]/.test(text) && !isNumeric(text)

/** A cell's text, with an apostrophe before what a spreadsheet would run. */
function safeText(value: Cell): string {
  const text = value === null || value === undefined ? '' : String(value)
  return looksLikeFormula(text) ? `'${text}` : text
}

/** One cell: quotes where the format asks for them. */
export function csvCell(value: Cell): string {
  const safe = safeText(value)
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The whole file's text. */
export const csvText = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  BOM + [header, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n'

/** For the clipboard: cells by tabs, so a tab or a new line inside one becomes a space. */
export const tabbedText = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [header, ...rows].map((row) => row.map((cell) => safeText(cell).replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\n')

const fileName = (name: string): string => `${name.replace(/[\\/:*?"<>|\s]+/g, '-')}.csv`

/** Hands the text to the browser as a download. */
export function saveCSV(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  link.download = fileName(name)
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

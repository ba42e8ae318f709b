/** How figures look on every screen: rates with a space before %, changes in pp, scores with two decimals. */
import { currentLocale, t } from '@/shared/i18n'

const DASH = '–'
type Figure = number | null | undefined

const absent = (value: Figure): value is null | undefined => value === null || value === undefined || Number.isNaN(value)

// Half up on the decimal digits, as the server rounds: 0.05 is not left to binary fractions.
const fixed = (value: number, digits: number): string => {
  const factor = 10 ** digits
  const rounded = (Math.sign(value) * Math.round((Math.abs(value) + Number.EPSILON) * factor)) / factor
  return (Object.is(rounded, -0) ? 0 : rounded).toFixed(digits)
}

/** `83.5 %` from 0-100; a dash without a value. */
export const rate = (value: Figure): string => (absent(value) ? DASH : `${fixed(value, 1)} %`)

/** `+30.8 pp`, with a sign always. */
export const pp = (value: Figure): string => {
  if (absent(value)) return DASH
  const text = fixed(value, 1)
  return `${text.startsWith('-') ? '−' + text.slice(1) : '+' + text} pp`
}

/** The arrow beside a change. */
export const arrow = (value: Figure): string => (absent(value) || value === 0 ? '' : value > 0 ? '▲' : '▼')

/** `75.62`. */
export const score = (value: Figure): string => (absent(value) ? DASH : fixed(value, 2))

/** `[69.9, 97.2]`. */
export const interval = (range: readonly [number, number] | null | undefined): string =>
  range ? `[${fixed(range[0], 1)}, ${fixed(range[1], 1)}]` : DASH

/** `1,234` in the language's own grouping. */
export const count = (value: Figure): string => (absent(value) ? DASH : value.toLocaleString(currentLocale()))

const SIZES = ['B', 'KB', 'MB', 'GB'] as const

/** `12 MB`, never broken over two lines; one decimal below ten of a unit. */
export function bytes(value: Figure): string {
  if (absent(value)) return DASH
  const step = value < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(value) / 3))
  const size = value / 1000 ** step
  return `${step > 0 && size < 10 ? fixed(size, 1) : fixed(size, 0)}\u00a0${SIZES[step]}`
}

type Moment = string | Date | null | undefined

// A date without time is that day everywhere: reading it as UTC midnight would shift it west of Greenwich.
const asDate = (value: string | Date): Date =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00`) : new Date(value)

// Making a formatter takes a cheap phone milliseconds, and a list has one date a row.
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options)
  const made = formatters.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formatters.set(key, made)
  return made
}

const formatted = (value: Moment, options: Intl.DateTimeFormatOptions): string => {
  if (!value) return DASH
  const date = asDate(value)
  return Number.isNaN(date.getTime()) ? DASH : formatter(currentLocale(), options).format(date)
}

/** `2026/11/22` or `11/22/2026`. */
export const day = (value: Moment): string => formatted(value, { year: 'numeric', month: '2-digit', day: '2-digit' })

/**
 * `11月22日` or `Nov 22`; with its year where that is not this one. Put together from texts: the browser's own formatter
 * takes a cheap phone a fifth of a second the first time, and this day stands on the first screen.
 */
export const shortDay = (value: Moment): string => {
  const date = value ? asDate(value) : null
  if (!date || Number.isNaN(date.getTime())) return DASH
  const parts = { year: date.getFullYear(), month: t(`day.month.${date.getMonth() + 1}`), day: date.getDate() }
  return t(parts.year === new Date().getFullYear() ? 'day.short' : 'day.shortYear', parts)
}

/** Day and minute, in the device's time zone. */
export const dateTime = (value: Moment): string =>
  formatted(value, { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false })

/** `14:05`. */
export const time = (value: Moment): string => formatted(value, { hour: '2-digit', minute: '2-digit', hour12: false })

/** `02:13` from milliseconds, `1:02:13` above an hour. */
export function duration(milliseconds: Figure): string {
  if (absent(milliseconds)) return DASH
  const total = Math.floor(milliseconds / 1000)
  const parts = [Math.floor(total / 60) % 60, total % 60].map((part) => String(part).padStart(2, '0'))
  const hours = Math.floor(total / 3600)
  return hours ? `${hours}:${parts.join(':')}` : parts.join(':')
}

/** How figures look. */
import { beforeAll, expect, test } from 'vitest'
import { setLocale } from '../i18n'
import { withTexts } from '../testing'
import { arrow, bytes, day, duration, interval, pp, rate, score, shortDay } from '.'

beforeAll(async () => {
  await withTexts()
  await setLocale('zh-CN')
})

test('a rate has one decimal and a space before its sign', () => {
  expect([rate(83.5), rate(100), rate(0), rate(52.65), rate(null)]).toEqual(['83.5 %', '100.0 %', '0.0 %', '52.7 %', '–'])
})

test('a change carries its sign and its unit', () => {
  expect([pp(30.8), pp(-3), pp(0), pp(-0.04), pp(undefined)]).toEqual(['+30.8 pp', '−3.0 pp', '+0.0 pp', '+0.0 pp', '–'])
  expect([arrow(1), arrow(-1), arrow(0), arrow(null)]).toEqual(['▲', '▼', '', ''])
})

test('a score has two decimals', () => {
  expect([score(75.62), score(59), score(null)]).toEqual(['75.62', '59.00', '–'])
})

test('an interval stands in brackets', () => {
  expect([interval([69.9, 97.21]), interval(null)]).toEqual(['[69.9, 97.2]', '–'])
})

test('sizes are short and stay on one line', () => {
  expect([bytes(0), bytes(999), bytes(1_500), bytes(12_000_000), bytes(3_200_000_000)]).toEqual([
    '0\u00a0B', '999\u00a0B', '1.5\u00a0KB', '12\u00a0MB', '3.2\u00a0GB',
  ])
})

test('a date without time is that day in every time zone', () => {
  expect(day('2026-11-22')).toBe('2026/11/22')
  expect(day('nonsense')).toBe('–')
})

test('durations read like a player', () => {
  expect([duration(133_000), duration(3_733_000), duration(null)]).toEqual(['02:13', '1:02:13', '–'])
})

test('a short day names its year where it is not this one', async () => {
  await setLocale('zh-CN')
  const now = new Date().getFullYear()
  expect(shortDay(`${now}-11-22`)).toBe('11月22日')
  expect(shortDay('2099-01-01')).toBe('2099年1月1日')
  expect([shortDay(null), shortDay('soon')]).toEqual(['–', '–'])
  await setLocale('en')
  expect([shortDay(`${now}-05-09`), shortDay('2099-01-01')]).toEqual(['May 9', 'Jan 1, 2099'])
  await setLocale('zh-CN')
})

/** The axis says honestly where it starts; the tooltip carries interval and n. */
import { expect, test } from 'vitest'
import type { TrendPoint } from '../api/types'
import { axisStart, tipText, trendOption } from './trend'

const words = { rate: '落实率', likeForLike: '同口径', target: '目标', newVersion: '换版', n: (count: number) => `n=${count}`, wave: (number: number) => `第 ${number} 期` }
const colours = { line: 'a', text: 'b', muted: 'c', grid: 'd', page: 'e', raised: 'f', strong: 'g', pass: 'h', fail: 'i', na: 'j' }
const point = (more: Partial<TrendPoint>): TrendPoint => ({ wave_id: 'w', number: 1, rate: 80, interval: [78, 82], n: 120, like_for_like: null, break: false, ...more })

test.each([
  [[point({})], null, 70],
  [[point({ interval: null, rate: 52.7 })], 85, 50],
  [[point({ interval: [4, 9], rate: 6 })], null, 0],
  [[point({})], 40, 30],
])('the axis starts at or below everything drawn', (points, target, start) => expect(axisStart(points, target)).toBe(start))

test('the tooltip names wave, rate, interval and n', () => {
  expect(tipText(point({ number: 9, like_for_like: 79.96 }), words)).toBe('第 9 期\n落实率 80.0 % [78.0, 82.0]\n同口径 80.0 %\nn=120')
})

test('a wave with a new version is marked, and only with a target is there a target line', () => {
  const lines = (target: number | null) => {
    const series = (trendOption([point({}), point({ break: true })], target, words, colours) as { series: { markLine?: { data: unknown[] } }[] }).series
    return series.at(-1)?.markLine?.data.length
  }
  expect([lines(null), lines(85)]).toEqual([1, 2])
})

/** Hulls hold every store, cities their mean, and the frame never closes on one point. */
import { expect, test } from 'vitest'
import { aired, citiesOf, frameOf, gridStep, hull, stepOf } from './places'
import type { Placed, Point } from './places'

const store = (name: string, city: string | null, lon: number, lat: number, rate: number | null, red_line = false): Placed => ({
  store_id: name, code: name, name, city, lon, lat, rate, red_line, region_id: null, group_id: null, visits: 2, passed: 0, applicable: 0,
  official_score: null, score_interval: null, rank: null, band: null, sample_ok: true, change_pp: null,
})

test('the hull of a square is its corners, whatever lies inside or twice', () => {
  const corners: Point[] = [[0, 0], [2, 0], [2, 2], [0, 2]]
  expect(hull([...corners, [1, 1], [1, 0], [2, 2]])).toEqual(corners)
  expect(hull([[1, 1], [1, 1]])).toEqual([[1, 1]])
})

test('one store has a region around it', () => {
  expect(aired([[10, 20]], 1)).toHaveLength(4)
})

test('a city takes the mean of its stores; a store without a city stands for itself', () => {
  const cities = citiesOf([store('A', '上海', 121, 31, 80), store('B', '上海', 122, 31, 91, true), store('C', null, 116, 40, null)])
  expect(cities).toEqual([
    { name: '上海', stores: 2, at: [121.5, 31], rate: 85.5, red_lines: 1 },
    { name: 'C', stores: 1, at: [116, 40], rate: null, red_lines: 0 },
  ])
})

test('a frame around one point is still a frame', () => {
  const frame = frameOf([[121, 31]])
  expect([frame.east - frame.west, frame.north - frame.south]).toEqual([1, expect.closeTo(0.8)])
})

test('lines stay few, and a rate on the edge belongs to the better step', () => {
  expect([gridStep(0.7), gridStep(30), gridStep(300)]).toEqual([0.1, 5, 20])
  expect([stepOf(90), stepOf(89.99), stepOf(70), stepOf(12)]).toEqual([0, 1, 2, 3])
})

/** Map links: the right degrees for the right map, words where no map would understand the degrees. */
import { expect, test } from 'vitest'
import type { VisitRow } from '@/shared/api/types'
import { mapLinks } from './mapLinks'

const store = (over: object = {}): VisitRow['store'] =>
  ({ id: 's', code: 'ONE', name: '一店 & 展厅', city: '上海', address: '测试路 1 号', lat: 31.2, lon: 121.4, datum: 'WGS-84', ...over }) as VisitRow['store']
const addresses = (over: object, isApple = false): string[] => mapLinks(store(over), isApple).map(({ address }) => address)

test('plain degrees open any map at the spot, its name made safe', () => {
  expect(addresses({})).toEqual([
    'geo:31.2,121.4?q=31.2,121.4(%E4%B8%80%E5%BA%97%20%26%20%E5%B1%95%E5%8E%85)',
    'https://uri.amap.com/marker?position=121.4,31.2&name=%E4%B8%80%E5%BA%97%20%26%20%E5%B1%95%E5%8E%85&coordinate=wgs84&callnative=1',
  ])
  expect(addresses({}, true)[0]).toMatch(/^maps:\?ll=31\.2,121\.4&q=/)
})

test('shifted degrees go to the map that knows them, and to the others as words', () => {
  const [own, amap] = addresses({ datum: 'GCJ-02' })
  expect(own).toMatch(/^geo:0,0\?q=/)
  expect(amap).toContain('coordinate=gaode')
  expect(addresses({ datum: 'BD-09' })[1]).toMatch(/search\?keyword=/)
})

test('a city that begins the address is not said twice', () => {
  expect(decodeURIComponent(addresses({ lat: null, address: '上海测试路 1 号' })[0] ?? '')).toBe('geo:0,0?q=上海测试路 1 号 一店 & 展厅')
})

test('nothing known, nothing linked', () => {
  expect(addresses({ address: null, lat: null })).toEqual([])
})

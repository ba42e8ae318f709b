/** Means of fewer than five stores are hidden by the server: no line is drawn for them. */
import { expect, test } from 'vitest'
import type { ChartColours } from './look'
import { besideOption, besideStart, cornerName, radarOption, sidesOf } from './radar'
import type { Beside } from './radar'

const words = { own: 'own', region: 'region', network: 'network' }
const rows: Beside[] = [
  { name: 'A', rate: 80, region_rate: null, network_rate: 83 },
  { name: 'B', rate: 61.5, region_rate: null, network_rate: 83 },
]
const names = (option: unknown): string[] => (option as { legend: { data: { name: string }[] } }).legend.data.map((one) => one.name)

test('a side without figures is not drawn', () => {
  expect(sidesOf(rows).map(([side]) => side)).toEqual(['rate', 'network_rate'])
  expect(names(radarOption(rows, words, {} as ChartColours))).toEqual(['own', 'network'])
  expect(names(besideOption(rows, 0, words, {} as ChartColours))).toEqual(['own', 'network'])
})

test('the axis begins a ten below everything drawn', () => {
  expect(besideStart(rows)).toBe(50)
  expect(besideStart([{ name: 'A', rate: 5, region_rate: null, network_rate: null }])).toBe(0)
})

test('the name of a corner fits beside the radar on a phone', () => {
  expect(cornerName('Service process')).toBe('Service\nprocess')
  expect(cornerName('Work in progress')).toBe('Work in\nprogress')
  expect(cornerName('服务流程')).toBe('服务流程')
  expect(cornerName('环检问诊与制单')).toBe('环检问诊与制\n单')
  expect(cornerName('')).toBe('')
})

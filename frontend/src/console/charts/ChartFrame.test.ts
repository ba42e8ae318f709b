/** The frame of a chart: drawn once its code is here, the same figures as a table, and the table alone when the code cannot come. */
import { mount } from '@vue/test-utils'
import { beforeEach, expect, test, vi } from 'vitest'
import { i18n } from '@/shared/i18n'
import zh from 'texts:console/zh-CN'
import ChartFrame from './ChartFrame.vue'

const chart = { setOption: vi.fn(), on: vi.fn(), getZr: () => ({ on: vi.fn() }), resize: vi.fn(), dispose: vi.fn() }
const init = vi.hoisted(() => vi.fn())
vi.mock('./echarts', () => ({ init }))
vi.mock('../load/notices', () => ({ reportDone: vi.fn(), reportRefusal: vi.fn() }))
vi.mock('vue-router', () => ({ useRouter: () => ({ push: vi.fn() }) }))

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const props = {
  title: '环节', spoken: '预约 80.0 %', rows: [{ code: 'A', rate: 80 }], rowKey: (row: { code: string }) => row.code,
  columns: [{ key: 'code', title: '代码', text: (row: { code: string }) => row.code }], option: () => ({ series: [] }), picks: 'item' as const,
}
const framed = () => mount(ChartFrame as never, { props: props as never, global: { plugins: [i18n], stubs: ['router-link'] } })

beforeEach(() => {
  vi.clearAllMocks()
  init.mockReturnValue(chart)
  i18n.global.mergeLocaleMessage('zh-CN', zh)
  vi.stubGlobal('matchMedia', () => ({ addEventListener: vi.fn(), removeEventListener: vi.fn() }))
  vi.stubGlobal('ResizeObserver', class { observe(): void {} disconnect(): void {} })
})

test('says in words what it draws, and lets go of the chart', async () => {
  const frame = framed()
  await settled()
  expect(frame.get('[role=img]').attributes('aria-label')).toBe('环节: 预约 80.0 %')
  expect(chart.setOption).toHaveBeenCalledWith(expect.objectContaining({ series: [] }), true)
  frame.unmount()
  expect(chart.dispose).toHaveBeenCalled()
})

test('shows the table behind it', async () => {
  const frame = framed()
  await settled()
  await frame.findAll('button').find((button) => button.text() === '看表格')!.trigger('click')
  expect(frame.find('tbody td').text()).toBe('A')
})

test('a click names the item', async () => {
  const frame = framed()
  await settled()
  chart.on.mock.calls[0]![1]({ dataIndex: 0 })
  expect(frame.emitted('pick')).toEqual([[0]])
})

test('without the drawing code the table stands alone', async () => {
  init.mockImplementation(() => { throw new Error('no chunk') })
  const frame = framed()
  await settled()
  expect(frame.find('tbody td').text()).toBe('A')
  expect(frame.text()).not.toContain('看图')
})

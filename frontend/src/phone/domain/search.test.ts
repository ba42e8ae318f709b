/** Search: code with or without its signs, words of either language, best match first. */
import { expect, test } from 'vitest'
import type { Checkpoint } from '@/shared/api/types'
import { found } from './search'

const item = (code: string, chinese: string, english: string, guidance = '') =>
  ({ checkpoint: { code, title: { 'zh-CN': chinese, en: english }, guidance: { 'zh-CN': guidance, en: guidance } } as Checkpoint })

const items = [
  item('EO-03-04', '奉茶', 'Tea is served', 'Within ten minutes, by the advisor'),
  item('EO-04-03', '四面外观逐面查看', 'All four sides looked at'),
  item('EO-05-01', '顾问引导', 'The advisor leads'),
]
const codes = (text: string): string[] => found(items, text).map(({ checkpoint }) => checkpoint.code)

test.each([
  ['04-03', ['EO-04-03']], ['0403', ['EO-04-03']], ['eo０４０３', ['EO-04-03']], ['EO 04 03', ['EO-04-03']],
  ['外观', ['EO-04-03']], ['FOUR sides', ['EO-04-03']], ['sides four', ['EO-04-03']],
  ['advisor', ['EO-05-01', 'EO-03-04']], ['nobody', []], ['', []], ['  ', []], ['-', []],
])('“%s” finds %j', (text, expected) => {
  expect(codes(text)).toEqual(expected)
})

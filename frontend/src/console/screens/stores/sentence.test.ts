/** The sentence that opens a store's page says where it stands, or why it does not rank. */
import { expect, test } from 'vitest'
import type { StoreReport, StoreWave } from '../../api/types'
import { storeSentence } from './sentence'

const say = (key: string, values: Record<string, unknown> = {}): string => `${key}(${Object.values(values).join('|')})`
const wave = { name: '第 9 期', rate: 79.4, visits: 2, ranked: 120, rank: 70, band: [61, 84], sample_ok: true } as unknown as StoreWave
const fail = (title: string, waves: number[]) => ({ checkpoint: title, title: { 'zh-CN': title }, waves })
const report = (...fails: unknown[]): StoreReport => ({ repeat_fails: fails }) as unknown as StoreReport

test('a ranked store names rank and band', () => {
  expect(storeSentence(report(), wave, say)).toBe('stores.sentence(第 9 期|79.4 %|2|120|70|61–84)')
})

test('below the sample no rank is named', () => {
  expect(storeSentence(report(), { ...wave, sample_ok: false, rank: null }, say)).toContain('stores.sentenceSmall')
})

test('what fails longest comes first, at most three', () => {
  const text = storeSentence(report(fail('甲', [8, 9]), fail('乙', [6, 7, 8, 9]), fail('丙', [8, 9]), fail('丁', [7, 8, 9])), wave, say)
  expect(text).toContain('stores.sentenceRepeats(2|乙stores.listMark()丁stores.listMark()甲)')
})

test('without results it says so', () => expect(storeSentence(report(), null, say)).toBe('stores.sentenceNone()'))

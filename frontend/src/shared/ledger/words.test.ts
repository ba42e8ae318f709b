/** The sentence about files in both languages, singular and plural; and which state a line is in. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EvidenceState, FileLine, FileSums } from '@/shared/api/types'
import { setLocale } from '@/shared/i18n'
import { withTexts } from '@/shared/testing'
import { amissText, byUrgency, filesText, leftText, lineState } from './words'

const sums = (changes: Partial<FileSums>): FileSums => ({
  expected: 40, stored: 37, ready: 37, unreadable: 0, wrong: 0, lost: 0, expected_bytes: 0, stored_bytes: 0, left_bytes: 12_000_000,
  missing_since: null, ...changes,
})
const line = (id: string, state: EvidenceState, problem_code: string | null = null): FileLine => ({
  id, kind: 'photo', size: 1, received: 0, sha256: '', state, problem: null, problem_code, checkpoints: [], captured_at: null,
  declared_at: '', stored_at: null,
})

beforeAll(withTexts)

describe('in Chinese', () => {
  beforeEach(() => setLocale('zh-CN', false))

  test('says what is here, what is out, and what is left', () => {
    expect(filesText(sums({}))).toBe('40 个文件已到 37 个，3 个在手机上，还剩 12\u00a0MB')
    expect(leftText(3, 12_000_000)).toBe('3 个文件还在手机上，还剩 12\u00a0MB')
  })

  test('says what is amiss, and nothing when nothing is', () => {
    expect(filesText(sums({ wrong: 1, lost: 2 }))).toBe('40 个文件已到 37 个，1 个在手机上，还剩 12\u00a0MB，1 个内容不符，2 个已丢失')
    expect(filesText(sums({ stored: 40, unreadable: 1 }))).toBe('40 个文件已全部收到，1 个无法读取')
    expect(amissText(sums({ stored: 40 }))).toBe('')
    expect(filesText(sums({ expected: 0, stored: 0 }))).toBe('没有登记文件。')
  })
})

describe('in English', () => {
  beforeEach(() => setLocale('en', false))

  test('counts one as one', () => {
    expect(filesText(sums({}))).toBe('37 of 40 files are here, 3 on the phone, 12\u00a0MB left')
    expect(filesText(sums({ expected: 1, stored: 0, left_bytes: 900 }))).toBe('0 of 1 file is here, 1 on the phone, 900\u00a0B left')
    expect(filesText(sums({ expected: 1, stored: 1 }))).toBe('The 1 file is here')
    expect(filesText(sums({ expected: 2, stored: 2 }))).toBe('All 2 files are here')
    expect(leftText(1, 1)).toBe('1 file still on the phone, 1\u00a0B left')
    expect(leftText(2, 1)).toBe('2 files still on the phone, 1\u00a0B left')
  })

  test('a lost file leaves no bytes to wait for', () => {
    expect(filesText(sums({ lost: 3, left_bytes: 0 }))).toBe('37 of 40 files are here, 3 lost')
  })
})

describe('a line', () => {
  test.each([
    ['expected', null, 'waiting'], ['uploading', null, 'sending'], ['stored', null, 'here'], ['ready', null, 'here'],
    ['unreadable', 'broken', 'unreadable'], ['expected', 'wrong-bytes', 'wrong'], ['expected', 'lost', 'lost'], ['uploading', 'lost', 'lost'],
  ] as const)('%s with %s is %s', (state, problem, expected) => {
    expect(lineState(line('a', state, problem))).toBe(expected)
  })

  test('that needs somebody comes first, and equals keep their order', () => {
    const lines = [line('a', 'ready'), line('b', 'expected'), line('c', 'expected', 'wrong-bytes'), line('d', 'expected')]
    expect(byUrgency(lines).map(({ id }) => id)).toEqual(['c', 'b', 'd', 'a'])
  })
})

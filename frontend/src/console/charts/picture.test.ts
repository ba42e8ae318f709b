/** Captions break where a reader would break them. */
import { expect, test } from 'vitest'
import { pictureName, wrapped } from './picture'

const measure = (text: string): number => text.length

test.each([
  ['mean over all stores', 10, ['mean over', 'all stores']],
  ['落实率是通过除以适用', 4, ['落实率是', '通过除以', '适用']],
  ['区间 95 % Wilson', 8, ['区间 95 %', 'Wilson']],
  ['unbreakable', 4, ['unbreakable']],
  ['', 4, []],
])('%j in lines of %d', (text, width, lines) => expect(wrapped(text, width, measure)).toEqual(lines))

test('a picture is named after its title', () => expect(pictureName('第 9 期: 环节/模块')).toBe('第-9-期-环节-模块.png'))

/** CSV opens safely: no formula runs, quotes survive, Chinese is read as UTF-8. */
import { describe, expect, test } from 'vitest'
import { csvCell, csvText } from './csv'

describe('csvCell', () => {
  test.each([
    ['=1+2', "'=1+2"],
    ['+cmd', "'+cmd"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['=a"b', '"\'=a""b"'],
  ])('makes %j harmless', (value, expected) => expect(csvCell(value)).toBe(expected))

  test.each([
    [-3.5, '-3.5'],
    ['-3.50', '-3.50'],
    ['+30.8', '+30.8'],
    ['华东一店', '华东一店'],
    [null, ''],
    [undefined, ''],
    [0, '0'],
    ['a,b', '"a,b"'],
    ['two\nlines', '"two\nlines"'],
  ])('keeps %j', (value, expected) => expect(csvCell(value)).toBe(expected))
})

test('a file starts with a byte order mark and ends its lines with CRLF', () => {
  expect(csvText(['门店', 'n'], [['一店', 2]])).toBe('\uFEFF门店,n\r\n一店,2\r\n')
})

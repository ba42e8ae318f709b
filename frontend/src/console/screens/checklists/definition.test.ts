/** Code and version are found at the top level of YAML and JSON, however quoted. */
import { expect, test } from 'vitest'
import { mediaOf, namedIn } from './definition'

test.each([
  ['schema_version: 1\ncode: EO\nversion: 1.0.0\n', 'yaml', { code: 'EO', version: '1.0.0' }],
  ['code: "EO"  # the trade\'s own\nversion: \'2.1\'\nmodules:\n  - code: resource\n', 'yaml', { code: 'EO', version: '2.1' }],
  ['modules:\n  - code: resource\n', 'yaml', { code: '', version: '' }],
  ['{"code":"RF","version":"1.2.0"}', 'json', { code: 'RF', version: '1.2.0' }],
  ['{broken', 'json', { code: '', version: '' }],
] as const)('%j', (text, media, named) => expect(namedIn(text, media)).toEqual(named))

test('the file name says which it is', () => expect([mediaOf('a.JSON'), mediaOf('a.yml')]).toEqual(['json', 'yaml']))

/** Both languages say the same things: same keys, same placeholders, and every key used in the code exists. */
import { describe, expect, test } from 'vitest'

type Tree = { [key: string]: string | Tree }

const files = import.meta.glob<Tree>('/src/*/i18n/*.json', { eager: true, import: 'default' })
const sources = import.meta.glob<string>(['/src/**/*.{ts,vue}', '!/src/**/*.test.ts'], { eager: true, query: '?raw', import: 'default' })

const flat = (tree: Tree, prefix = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value, `${prefix}${key}.`),
  )

const messages = (part: string, locale: string): Map<string, string> => new Map(flat(files[`/src/${part}/i18n/${locale}.json`] ?? {}))
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort()
const variants = (text: string): string[][] => text.split('|').map(placeholders)

const parts = [...new Set(Object.keys(files).map((file) => file.split('/')[2]!))]

describe.each(parts)('%s', (part) => {
  const chinese = messages(part, 'zh-CN')
  const english = messages(part, 'en')

  test('has the same keys in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  test('has no empty text', () => {
    expect([...chinese, ...english].filter(([, text]) => text.trim() === '')).toEqual([])
  })

  test('uses the same placeholders in both languages', () => {
    const names = (text: string) => [...new Set(variants(text).flat())].sort()
    const differing = [...chinese].filter(([key, text]) => String(names(text)) !== String(names(english.get(key) ?? '')))
    expect(differing).toEqual([])
  })

  test('finds every key that the code names', () => {
    const known = new Set([...chinese.keys(), ...messages('shared', 'zh-CN').keys()])
    const used = Object.entries(sources)
      .filter(([file]) => file.startsWith(`/src/${part}/`))
      .flatMap(([file, text]) => [...text.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map(([, key]) => `${file}: ${key}`))
    expect(used.filter((entry) => !known.has(entry.split(': ')[1]!))).toEqual([])
  })
})

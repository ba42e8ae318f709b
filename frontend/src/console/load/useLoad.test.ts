/** A newer reading makes an older one void; a failure can be tried again; pages walk forward and back. */
import { effectScope, nextTick, ref } from 'vue'
import { expect, test } from 'vitest'
import { useLoad } from './useLoad'
import { usePages } from './usePages'

const inScope = <T>(make: () => T): T => effectScope().run(make)!
const settled = async (): Promise<void> => { for (let turn = 0; turn < 5; turn += 1) await nextTick() }

test('a late answer to an old question is dropped', async () => {
  const wave = ref('old')
  const answers: Record<string, (value: string) => void> = {}
  const load = inScope(() => useLoad(() => new Promise<string>((resolve) => { answers[wave.value] = resolve }), () => wave.value))
  wave.value = 'new'
  await settled()
  answers.new!('new')
  answers.old!('old')
  await settled()
  expect([load.data.value, load.loading.value]).toEqual(['new', false])
})

test('a failure is kept until the retry works', async () => {
  let fails = true
  const load = inScope(() => useLoad(() => (fails ? Promise.reject(new Error('down')) : Promise.resolve(1))))
  await settled()
  expect((load.error.value as Error).message).toBe('down')
  fails = false
  await load.reload()
  expect([load.data.value, load.error.value]).toEqual([1, null])
})

test('pages follow the cursor, come back over it, and start anew with another filter', async () => {
  const asked: (string | null)[] = []
  const filter = ref('a')
  const read = (after: string | null) => {
    asked.push(after)
    return Promise.resolve({ items: [after], next: after === null ? 'c1' : null })
  }
  const pages = inScope(() => usePages(read, () => filter.value))
  await settled()
  pages.next()
  await settled()
  expect([pages.number.value, pages.hasNext.value]).toEqual([2, false])
  pages.previous()
  await settled()
  pages.next()
  filter.value = 'b'
  await settled()
  expect([pages.number.value, asked.at(-1)]).toEqual([1, null])
})

/** Quick copies: only of large photos, one at a time, small enough, and never in anybody's way. */
import { afterEach, expect, test, vi } from 'vitest'
import { keepQuickCopy } from '../store/quickCopies'
import type { EvidenceRecord } from '../store/records'
import { makeQuickCopy } from './quickCopies'
import { fitted, smallEnough } from './quickCopy'

vi.mock('../store/quickCopies', () => ({ keepQuickCopy: vi.fn(() => Promise.resolve()) }))

const photo = (id: string): EvidenceRecord => ({ id, kind: 'photo' }) as EvidenceRecord
const LARGE = new Blob([new Uint8Array(1_000_001)])
const COPY = new Blob(['small'], { type: 'image/jpeg' })

let [atWork, most] = [0, 0]

/** A thread that answers at once; `answers` says what. */
function threads(answers: () => Blob | null): void {
  vi.stubGlobal('Worker', class {
    onmessage: (event: { data: Blob | null }) => void = () => undefined
    constructor() { most = Math.max(most, (atWork += 1)) }
    postMessage(): void { setTimeout(() => this.onmessage({ data: answers() })) }
    terminate(): void { atWork -= 1 }
  })
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.mocked(keepQuickCopy).mockClear()
})

test('large photos only, one after another', async () => {
  threads(() => COPY)
  void makeQuickCopy(photo('a'), LARGE)
  void makeQuickCopy(photo('small'), new Blob(['abc']))
  void makeQuickCopy({ ...photo('film'), kind: 'video' }, LARGE)
  await makeQuickCopy(photo('b'), LARGE)
  expect(vi.mocked(keepQuickCopy).mock.calls.map(([{ id }]) => id)).toEqual(['a', 'b'])
  expect([most, atWork]).toEqual([1, 0])
})

test('what cannot be drawn, and a browser without threads, cost nothing', async () => {
  threads(() => null)
  await makeQuickCopy(photo('heic'), LARGE)
  vi.stubGlobal('Worker', undefined)
  await makeQuickCopy(photo('old'), LARGE)
  expect(keepQuickCopy).not.toHaveBeenCalled()
  threads(() => COPY)
  await makeQuickCopy(photo('next'), LARGE)
  expect(keepQuickCopy).toHaveBeenCalledTimes(1)
})

test('the longer side is 1600 px at most', () => {
  expect(fitted(4000, 3000)).toEqual([1600, 1200])
  expect(fitted(3000, 4000)).toEqual([1200, 1600])
  expect(fitted(800, 600)).toEqual([800, 600])
  expect(fitted(20_000, 5)).toEqual([1600, 1])
})

test('quality goes down until it fits; what never fits is not sent', async () => {
  const jpeg = (size: number) => new Blob([new Uint8Array(size)], { type: 'image/jpeg' })
  const encode = vi.fn((quality: number) => Promise.resolve(jpeg(1_000_000 * quality)))
  expect((await smallEnough(encode))?.size).toBe(400_000)
  expect(await smallEnough(() => Promise.resolve(jpeg(600_000)))).toBeNull()
  expect(await smallEnough(() => Promise.resolve(new Blob(['x'], { type: 'image/png' })))).toBeNull()
})

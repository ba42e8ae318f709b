/** Finds checkpoints by their code or by words of their text, whichever language it is typed in. */
import type { Checkpoint } from '@/shared/api/types'
import type { Bilingual } from '@/shared/i18n'

const plain = (text: string): string => text.normalize('NFKC').toLowerCase()

const wordsOf = (text: string): string[] => plain(text).match(/[\p{L}\p{N}]+/gu) ?? []

const inBoth = (text: Bilingual | null | undefined): string => (text ? plain(`${text['zh-CN']} ${text.en}`) : '')

/** How good the match is: the code, then the title, then the rest; null for none. */
function rankOf({ code, title, guidance }: Checkpoint, words: readonly string[]): number | null {
  if (wordsOf(code).join('').includes(words.join(''))) return 0
  const [heading, text] = [inBoth(title), inBoth(guidance)]
  if (words.every((word) => heading.includes(word))) return 1
  return words.every((word) => heading.includes(word) || text.includes(word)) ? 2 : null
}

/** The items that hold every word of the text, best first, else in checklist order; none without a word. */
export function found<T extends { checkpoint: Checkpoint }>(items: readonly T[], text: string): T[] {
  const words = wordsOf(text)
  if (!words.length) return []
  const ranked = items.map((item) => ({ item, rank: rankOf(item.checkpoint, words) })).filter(({ rank }) => rank !== null)
  return ranked.sort((a, b) => Number(a.rank) - Number(b.rank)).map(({ item }) => item)
}

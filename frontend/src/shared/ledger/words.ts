/** The ledger of files in words: the one sentence that shopper, reviewer and headquarters all read, and a file's state. */
import type { FileLine, FileSums } from '@/shared/api/types'
import { bytes } from '@/shared/format'
import { t } from '@/shared/i18n'

export type LineState = 'here' | 'sending' | 'waiting' | 'wrong' | 'lost' | 'unreadable'

/** Files that may still come. */
export const stillOut = ({ expected, stored, lost }: FileSums): number => expected - stored - lost

const joined = (parts: (string | false)[]): string => parts.filter(Boolean).join(t('ledger.comma'))

/** What is still out and what is amiss: `3 on the phone, 12 MB left`; empty when everything is here and sound. */
export function amissText(files: FileSums): string {
  const out = stillOut(files)
  return joined([
    out > 0 && t('ledger.onPhone', { n: out }),
    out > 0 && t('ledger.left', { size: bytes(files.left_bytes) }),
    files.wrong > 0 && t('ledger.wrong', { n: files.wrong }),
    files.lost > 0 && t('ledger.lost', { n: files.lost }),
    files.unreadable > 0 && t('ledger.unreadable', { n: files.unreadable }),
  ])
}

/** `37 of 40 files are here, 3 on the phone, 12 MB left`. */
export function filesText(files: FileSums): string {
  const { expected: all, stored: here } = files
  if (all === 0) return t('ledger.none')
  return joined([here === all ? t('ledger.allHere', { all }, all) : t('ledger.here', { here, all }, all), amissText(files)])
}

/** `3 files still on the phone, 12 MB left`. */
export const leftText = (count: number, left: number): string =>
  joined([t('ledger.leftOnPhone', { n: count }, count), t('ledger.left', { size: bytes(left) })])

/** What a line of the ledger is, in the order of what a person must know first. */
export function lineState({ state, problem_code }: Pick<FileLine, 'state' | 'problem_code'>): LineState {
  if (state === 'unreadable') return 'unreadable'
  if (state === 'stored' || state === 'ready') return 'here'
  if (problem_code === 'lost') return 'lost'
  if (problem_code === 'wrong-bytes') return 'wrong'
  return state === 'uploading' ? 'sending' : 'waiting'
}

const ORDER: LineState[] = ['wrong', 'lost', 'unreadable', 'sending', 'waiting', 'here']

/** What needs somebody first, what is here last; within a state as declared. */
export const byUrgency = (lines: readonly FileLine[]): FileLine[] =>
  [...lines].sort((a, b) => ORDER.indexOf(lineState(a)) - ORDER.indexOf(lineState(b)))

/** The ledger's rows from what the phone knows: in the order of need, with the items each file proves, and their sums. */
import type { FileSums } from '@/shared/api/types'
import type { FileState } from '../../domain/fileState'
import { leftOf } from '../../domain/left'
import { sentBytes } from '../../outbox/progress'
import type { SheetContent } from '../../store/sheets'
import type { FileFacts } from '../fill/fileFacts'

const ORDER: FileState[] = ['attention', 'lost', 'unreadable', 'sending', 'checking', 'waiting', 'on_phone', 'elsewhere', 'received']

/** What needs the person first, what the server holds last; the newest first within a state. */
export const inOrder = (files: readonly FileFacts[]): FileFacts[] => [...files].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))

/** File id -> codes of the items that link to it, in the open draft or in what was handed in. */
export function checkpointsByFile({ answers, detail }: Pick<SheetContent, 'answers' | 'detail'>): Map<string, string[]> {
  const found = new Map<string, Set<string>>()
  for (const { checkpoint, evidence } of [...answers.values(), ...(detail?.answers ?? [])])
    for (const { id } of evidence) found.set(id, (found.get(id) ?? new Set()).add(checkpoint))
  return new Map([...found].map(([id, codes]) => [id, [...codes].sort()]))
}

const HELD = new Set<FileState>(['received', 'unreadable'])

/** The sums of these files, as the server counts them once it knows what the phone knows. */
export function sumsOf(files: readonly FileFacts[]): FileSums {
  const held = files.filter(({ state }) => HELD.has(state))
  const coming = files.filter(({ state }) => !HELD.has(state) && state !== 'lost')
  const size = (some: readonly FileFacts[]): number => some.reduce((sum, file) => sum + file.size, 0)
  return {
    expected: files.length, stored: held.length, ready: files.filter(({ state }) => state === 'received').length,
    unreadable: files.filter(({ state }) => state === 'unreadable').length, wrong: 0, lost: files.filter(({ state }) => state === 'lost').length,
    expected_bytes: size(files), stored_bytes: size(held), left_bytes: leftOf(coming, sentBytes).bytes, missing_since: null,
  }
}

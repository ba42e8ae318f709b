/** A file's state from two memories of the server: the visit as last read, and the answer to the file's own sending. */
import { expect, test } from 'vitest'
import type { EvidenceState } from '@/shared/api/types'
import type { SheetContent } from '../../store/sheets'
import { fileOf } from './fileFacts'

const stateOf = (visit: EvidenceState | null, file: EvidenceState | null): string | undefined => {
  const one = { id: 'f', kind: 'photo', size: 1, captured_at: null }
  const sheet = {
    detail: visit && { evidence: [{ ...one, state: visit, problem: null, renditions: [] }] },
    files: file ? [{ ...one, server_state: file, server_problem: null, thumb: null }] : [],
    line: new Map(), onPhone: new Set(),
  }
  return fileOf(sheet as unknown as SheetContent, 'f')?.state
}

test.each([
  ['expected', 'stored', 'received'], ['ready', 'stored', 'received'], ['unreadable', 'stored', 'unreadable'], ['unreadable', 'expected', 'unreadable'],
  ['expected', 'expected', 'elsewhere'], ['stored', null, 'received'], [null, 'ready', 'received'],
] as const)('the visit says %s, the file %s: %s', (visit, file, expected) => {
  expect(stateOf(visit, file)).toBe(expected)
})

/** The file that a phone saved of its unsent visits, taken in at headquarters. */
import type { Page } from '@/shared/api/client'
import { sendRaw } from './files'

export type ImportOutcome = 'accepted' | 'already_here' | 'refused'

/** One thing of the file and what became of it. */
export interface ImportedLine {
  what: 'submission' | 'return' | 'follow_up' | 'draft' | 'file' | 'visit'
  visit_id: string | null
  store: string | null
  id: string
  name: string | null
  size: number | null
  outcome: ImportOutcome
  problem: { detail: string; errors?: { checkpoint?: string; evidence?: string; field?: string; message: string }[] } | null
}

export interface ImportedFile extends Page<ImportedLine> {
  saved_at: string
  person: string | null
  counts: Record<ImportOutcome, number>
}

/** Takes the file in; the same one again changes nothing. */
export const importVisitFile = (file: File): Promise<ImportedFile> => sendRaw<ImportedFile>('POST', '/visit-files', file, 'application/zip')

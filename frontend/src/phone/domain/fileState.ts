/** The life of one file as the person sees it, from what phone, outbox and server know. */
import type { EvidenceState } from '@/shared/api/types'

export type FileState = 'on_phone' | 'waiting' | 'sending' | 'checking' | 'received' | 'unreadable' | 'attention' | 'lost' | 'elsewhere'

export interface Facts {
  server: EvidenceState | null
  /** The outbox item's state, or null when the file is not in line. */
  line: string | null
  hasBytes: boolean
  /** Its owner has said that it will not come. */
  isLost: boolean
}

const FROM_LINE: Record<string, FileState> = {
  waiting: 'waiting', sending: 'sending', confirming: 'checking', sign_in: 'attention', refresh: 'attention', attention: 'attention',
}

/** What the server holds counts first; then what was given up; then the line; a file nobody has sent is simply on the phone, or on another one. */
export function fileStateOf({ server, line, hasBytes, isLost }: Facts): FileState {
  if (server === 'ready' || server === 'stored') return 'received'
  if (server === 'unreadable') return 'unreadable'
  if (isLost) return 'lost'
  const inLine = line === null ? undefined : FROM_LINE[line]
  return inLine ?? (hasBytes ? 'on_phone' : 'elsewhere')
}

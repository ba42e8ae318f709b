/** A file as the screens show it, whether it is on this phone or already with the server. */
import { renditionAddress } from '@/shared/api/evidence'
import type { Rendition } from '@/shared/api/evidence'
import type { Evidence, EvidenceKind, EvidenceState } from '@/shared/api/types'
import { fileStateOf } from '../../domain/fileState'
import type { FileState } from '../../domain/fileState'
import { isGivenUp } from '../../outbox/waysOut'
import { sentBytes } from '../../outbox/progress'
import type { EvidenceRecord } from '../../store/records'
import type { SheetContent } from '../../store/sheets'

const HELD = new Set<EvidenceState>(['stored', 'ready', 'unreadable'])

export interface FileFacts {
  id: string
  kind: EvidenceKind
  capturedAt: string | null
  size: number
  thumb: Blob | null
  address: string | null
  /** The same large, as the server shows it. */
  still: string | null
  state: FileState
  percent: number | null
  problem: string | null
  isOnPhone: boolean
}

const percentOf = (id: string, size: number): number | null => {
  const sent = sentBytes.get(id)
  return sent === undefined || !size ? null : Math.round((100 * sent) / size)
}

const SMALL: readonly Rendition[] = ['thumb', 'waveform']

/** Where the server shows what was derived from the file, or null where it has nothing of that name. */
const addressOf = (remote: Evidence | undefined, names: readonly Rendition[]): string | null => {
  const name = names.find((one) => remote?.renditions?.includes(one))
  return remote && name ? renditionAddress(remote.id, name) : null
}

const isHeld = (state: EvidenceState | null): boolean => state !== null && HELD.has(state)

// The visit is read now and then, each file's own answer when it was sent: what either knows to be held is held.
const newestOf = (visit: EvidenceState | null, file: EvidenceState | null): EvidenceState | null =>
  isHeld(file) && !isHeld(visit) ? file : (visit ?? file)

function factsOf(id: string, local: EvidenceRecord | undefined, sheet: SheetContent): FileFacts | null {
  const remote = sheet.detail?.evidence?.find((one) => one.id === id)
  const known = local ?? remote
  if (!known) return null
  const server = newestOf(remote?.state ?? null, local?.server_state ?? null)
  const item = sheet.line.get(id)
  const gaveUp = item ? isGivenUp(item) : remote?.problem_code === 'lost'
  const state = fileStateOf({ server, line: item?.state ?? null, hasBytes: sheet.onPhone.has(id), isLost: gaveUp })
  return {
    id, kind: known.kind, capturedAt: known.captured_at, size: known.size, thumb: local?.thumb ?? null, address: addressOf(remote, SMALL),
    still: addressOf(remote, ['screen', 'poster', 'waveform']),
    state, percent: percentOf(id, known.size), problem: remote?.problem ?? local?.server_problem ?? null, isOnPhone: sheet.onPhone.has(id),
  }
}

/** The file with this id, or null when nobody knows it here. */
export const fileOf = (sheet: SheetContent, id: string): FileFacts | null => factsOf(id, sheet.files.find((one) => one.id === id), sheet)

/** All files of the visit, newest first. */
export function filesOf(sheet: SheetContent): FileFacts[] {
  const ids = new Set([...sheet.files.map(({ id }) => id), ...(sheet.detail?.evidence ?? []).map(({ id }) => id)])
  const files = [...ids].map((id) => fileOf(sheet, id)).filter((file) => file !== null)
  return files.sort((a, b) => (b.capturedAt ?? '').localeCompare(a.capturedAt ?? ''))
}

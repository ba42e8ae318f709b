/** Adding, linking and taking away the files of a sheet. */
import type { Ref } from 'vue'
import type { EvidenceKind, Source } from '@/shared/api/types'
import { capture } from '../../capture/capture'
import { linkFile, unlinkFile } from '../../store/drafts'
import { discardFile } from '../../store/evidence'
import type { SheetContent } from '../../store/sheets'

export function useFiles(sheet: Ref<SheetContent | null>) {
  const draftId = (): string | undefined => sheet.value?.draft?.id

  async function addFile(checkpoint: string, file: File, kind: EvidenceKind, source: Source): Promise<void> {
    const id = draftId()
    if (id && sheet.value) await capture(file, kind, source, { visitId: sheet.value.visit.id, draftId: id, checkpoint })
  }

  async function link(checkpoint: string, fileId: string, atMs: number | null = null): Promise<void> {
    const id = draftId()
    if (id) await linkFile(id, checkpoint, fileId, atMs)
  }

  /** The items that show this file. */
  const linkedBy = (fileId: string): string[] =>
    [...(sheet.value?.answers.values() ?? [])]
      .filter(({ evidence }) => evidence.some((one) => one.id === fileId))
      .map(({ checkpoint }) => checkpoint)

  /** Whether taking this link away leaves a file that nobody else knows: not another item, not the server. */
  const isLastLink = (checkpoint: string, fileId: string): boolean =>
    linkedBy(fileId).every((code) => code === checkpoint) &&
    !sheet.value?.line.has(fileId) &&
    !sheet.value?.detail?.evidence?.some(({ id }) => id === fileId)

  async function remove(checkpoint: string, fileId: string): Promise<void> {
    const id = draftId()
    if (!id) return
    const isLast = isLastLink(checkpoint, fileId)
    await unlinkFile(id, checkpoint, fileId)
    if (isLast) await discardFile(fileId)
  }

  return { addFile, link, linkedBy, isLastLink, remove }
}

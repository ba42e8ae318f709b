/** The sheet being filled: live content, the open item, and verbs that write first and can be undone for ten seconds. */
import { computed, ref, shallowRef, watch } from 'vue'
import type { Answer, EvidenceKind, Source } from '@/shared/api/types'
import { capture } from '../../capture/capture'
import { judge } from '../../domain/judging'
import { check, itemsOf, nextOpen, tally } from '../../domain/sheet'
import type { CheckedItem } from '../../domain/sheet'
import { movesOn } from '../../store/device'
import { changeAnswer, linkFile, restoreAnswerOf, unlinkFile } from '../../store/drafts'
import { discardFile } from '../../store/evidence'
import { useLive } from '../../store/live'
import type { AnswerRecord } from '../../store/records'
import { kindOf, readSheet } from '../../store/sheets'
import type { SheetContent } from '../../store/sheets'

const UNDO_MS = 10_000

interface LastChange {
  checkpoint: string
  before: AnswerRecord | null
  result: string
}

export interface StageProgress {
  code: string
  title: CheckedItem['stage']['title']
  complete: number
  total: number
}

export function useSheet(visitId: string) {
  const { data: sheet, isReady } = useLive<SheetContent | null>(() => readSheet(visitId), null)
  const open = ref<string | null>(null)
  const lastChange = shallowRef<LastChange | null>(null)
  let undoTimer: ReturnType<typeof setTimeout> | undefined

  const kind = computed(() => (sheet.value ? kindOf(sheet.value.visit) : 'submission'))
  const items = computed<CheckedItem[]>(() => {
    const content = sheet.value
    if (!content) return []
    const asked = itemsOf(content.checklist, content.visit, kind.value)
    return check(content.checklist, asked, content.answers, content.kinds, kind.value)
  })
  const stages = computed<StageProgress[]>(() => {
    const found = new Map<string, StageProgress>()
    for (const { stage, holes } of items.value) {
      const known = found.get(stage.code) ?? { code: stage.code, title: stage.title, complete: 0, total: 0 }
      found.set(stage.code, { ...known, total: known.total + 1, complete: known.complete + Number(holes.length === 0) })
    }
    return [...found.values()]
  })
  const openItem = computed(() => items.value.find(({ checkpoint }) => checkpoint.code === open.value) ?? null)
  const counts = computed(() => tally(items.value))
  const draftId = computed(() => sheet.value?.draft?.id ?? null)

  function remember(change: LastChange): void {
    lastChange.value = change
    clearTimeout(undoTimer)
    undoTimer = setTimeout(() => (lastChange.value = null), UNDO_MS)
  }

  /** Writes a change to one answer. A tap on a result or a choice can be undone; typing undoes itself. */
  async function change(checkpoint: string, fields: Partial<Answer>): Promise<void> {
    if (!draftId.value) return
    const before = await changeAnswer(draftId.value, checkpoint, fields)
    const rule = items.value.find((item) => item.checkpoint.code === checkpoint)?.checkpoint.answer
    const result = fields.result ?? (rule && typeof fields.value === 'string' ? judge(rule, fields.value) : null)
    if (result) remember({ checkpoint, before, result })
  }

  async function undo(): Promise<void> {
    const last = lastChange.value
    if (!last || !draftId.value) return
    lastChange.value = null
    open.value = last.checkpoint
    await restoreAnswerOf(draftId.value, last.checkpoint, last.before)
  }

  async function addFile(checkpoint: string, file: File, of: EvidenceKind, source: Source): Promise<void> {
    if (draftId.value) await capture(file, of, source, { visitId, draftId: draftId.value, checkpoint })
  }

  const link = async (checkpoint: string, id: string, atMs: number | null = null): Promise<void> => {
    if (draftId.value) await linkFile(draftId.value, checkpoint, id, atMs)
  }
  const unlink = async (checkpoint: string, id: string): Promise<void> => {
    if (draftId.value) await unlinkFile(draftId.value, checkpoint, id)
  }

  /** The other items that show this file. */
  const linkedBy = (id: string): string[] =>
    [...(sheet.value?.answers.values() ?? [])].filter(({ evidence }) => evidence.some((one) => one.id === id)).map(({ checkpoint }) => checkpoint)

  async function remove(checkpoint: string, id: string): Promise<void> {
    const others = linkedBy(id).filter((code) => code !== checkpoint)
    await unlink(checkpoint, id)
    // A file that the server already knows, or that another item shows, only loses this link.
    if (others.length === 0 && !sheet.value?.line.has(id)) await discardFile(id)
  }

  const move = (direction: 1 | -1): void => void (open.value = nextOpen(items.value, open.value, direction) ?? open.value)

  /** Goes on by itself once the item just touched is complete. */
  function moveOnWhenComplete(checkpoint: string): void {
    if (!movesOn.value || open.value !== checkpoint) return
    const stop = watch(items, () => {
      const item = items.value.find(({ checkpoint: one }) => one.code === checkpoint)
      if (item && item.holes.length === 0 && open.value === checkpoint) move(1)
      stop()
    })
    setTimeout(stop, 1500)
  }

  return {
    sheet, isReady, kind, items, stages, open, openItem, counts, lastChange, draftId,
    change, undo, addFile, link, unlink, remove, linkedBy, move, moveOnWhenComplete,
  }
}

export type FillSheet = ReturnType<typeof useSheet>

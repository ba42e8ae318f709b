/**
 * The content of a visit's work, followed part by part: an answer that changes makes nothing else be read again, so that a
 * tap stays quick with sixty pictures on the visit, and the pictures on the screen stay the same objects.
 */
import { computed } from 'vue'
import type { ComputedRef, ShallowRef } from 'vue'
import type { Mark } from '@/shared/api/types'
import type { KindById } from '../../domain/completeness'
import { useLive } from '../../store/live'
import type { Live } from '../../store/live'
import type { AnswerRecord } from '../../store/records'
import { contentOf, kindsById, readFiles, readFrame, readWork } from '../../store/sheets'
import type { SheetContent, SheetFiles, SheetFrame, SheetWork } from '../../store/sheets'

export interface Content {
  sheet: ComputedRef<SheetContent | null>
  frame: ShallowRef<SheetFrame | null>
  kinds: ComputedRef<KindById>
  /** False until every part is known. */
  isReady: ComputedRef<boolean>
  /** Shows an answer that was just written (null: deleted) without waiting until all are read again. */
  show: (checkpoint: string, written: AnswerRecord | null) => void
  /** The same for the moments. */
  showMarks: (marks: Mark[]) => void
}

/** The work as read, with those answers that did not change being the objects the screen knows. */
function keeping(read: SheetWork, known: SheetWork | null): SheetWork {
  const same = (answer: AnswerRecord): AnswerRecord => {
    const before = known?.id === read.id ? known.answers.get(answer.checkpoint) : undefined
    return before && JSON.stringify(before) === JSON.stringify(answer) ? before : answer
  }
  return { ...read, answers: new Map([...read.answers].map(([code, answer]) => [code, same(answer)])) }
}

export function useContent(visitId: string): Content {
  const frame = useLive<SheetFrame | null>(() => readFrame(visitId), null)
  const id = computed(() => frame.data.value?.id)
  const work: Live<SheetWork | null> = useLive<SheetWork | null>(async () => (id.value ? keeping(await readWork(visitId, id.value), work.data.value) : null), null, [id])
  const files = useLive<SheetFiles | null>(() => readFiles(visitId), null)

  const kinds = computed<KindById>(() => kindsById(files.data.value?.files ?? [], frame.data.value?.detail ?? null))
  const sheet = computed(() => {
    const [head, middle, rest] = [frame.data.value, work.data.value, files.data.value]
    return head && rest && middle?.id === head.id ? contentOf(head, middle, rest, kinds.value) : null
  })
  const isReady = computed(() => frame.isReady.value && (frame.data.value === null || sheet.value !== null))

  function show(checkpoint: string, written: AnswerRecord | null): void {
    const known = work.data.value
    if (!known) return
    const answers = new Map(known.answers)
    if (written) answers.set(checkpoint, written)
    else answers.delete(checkpoint)
    work.data.value = { ...known, answers }
  }

  function showMarks(marks: Mark[]): void {
    const known = work.data.value
    if (known?.draft) work.data.value = { ...known, draft: { ...known.draft, marks } }
  }

  return { sheet, isReady, showMarks, frame: frame.data, kinds, show }
}

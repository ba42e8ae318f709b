/** The moments of a visit as they are noted now, and the verbs that note them; the last one can be undone for ten seconds. */
import { computed, onScopeDispose, shallowRef } from 'vue'
import type { Moment } from '../../domain/moments'
import { buzz } from '../../discreet/buzz'
import { itemsOf } from '../../domain/sheet'
import { useLive } from '../../store/live'
import { noteMoment } from '../../store/moments'
import { readSheet } from '../../store/sheets'
import type { SheetContent } from '../../store/sheets'

const UNDO_MS = 10_000

interface LastMark {
  name: Moment
  before: string | null
  isNoted: boolean
}

export function useTimes(visitId: string) {
  const { data: sheet, isReady } = useLive<SheetContent | null>(() => readSheet(visitId), null)
  const marks = computed(() => sheet.value?.draft?.marks ?? [])
  const noted = computed(() => new Map(marks.value.map(({ name, at }) => [name, at])))
  const last = shallowRef<LastMark | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function write(name: Moment, at: string | null): Promise<string | null> {
    const content = sheet.value
    if (!content?.draft) return null
    const asked = itemsOf(content.checklist, content.visit, content.kind).map(({ checkpoint }) => checkpoint)
    return noteMoment(content.draft.id, name, at, asked)
  }

  async function set(name: Moment, at: string | null): Promise<void> {
    last.value = { name, before: await write(name, at), isNoted: at !== null }
    clearTimeout(timer)
    timer = setTimeout(() => (last.value = null), UNDO_MS)
  }

  /** A moment that is noted keeps its time, however often it is tapped. */
  async function note(name: Moment): Promise<void> {
    if (noted.value.has(name)) return
    buzz()
    await set(name, new Date().toISOString())
  }

  async function undo(): Promise<void> {
    const change = last.value
    last.value = null
    if (change) await write(change.name, change.before)
  }

  onScopeDispose(() => clearTimeout(timer))
  return { sheet, isReady, marks, noted, last, note, takeBack: (name: Moment) => set(name, null), undo }
}

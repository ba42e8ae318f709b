/** The moments of a visit as they are noted now, and the verbs that note them; the last one can be undone for ten seconds. */
import { computed, onScopeDispose, shallowRef } from 'vue'
import type { Moment } from '../../domain/moments'
import { buzz } from '../../discreet/buzz'
import { itemsOf } from '../../domain/sheet'
import { noteMoment } from '../../store/moments'
import { useContent } from './useContent'

const UNDO_MS = 10_000
/** The button for the next moment changes under the finger: so long it takes no other tap. */
const SETTLE_MS = 600

interface LastMark {
  name: Moment
  before: string | null
  isNoted: boolean
}

export function useTimes(visitId: string) {
  const { sheet, showMarks } = useContent(visitId)
  const marks = computed(() => sheet.value?.draft?.marks ?? [])
  const noted = computed(() => new Map(marks.value.map(({ name, at }) => [name, at])))
  const last = shallowRef<LastMark | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let busyUntil = 0

  async function write(name: Moment, at: string | null): Promise<string | null> {
    const content = sheet.value
    if (!content?.draft) return null
    const asked = itemsOf(content.checklist, content.visit, content.kind).map(({ checkpoint }) => checkpoint)
    const { before, marks: written } = await noteMoment(content.draft.id, name, at, asked)
    showMarks(written)
    return before
  }

  async function set(name: Moment, at: string | null): Promise<void> {
    last.value = { name, before: await write(name, at), isNoted: at !== null }
    clearTimeout(timer)
    timer = setTimeout(() => (last.value = null), UNDO_MS)
  }

  /** A moment that is noted keeps its time, however often it is tapped; a second tap of the same hand notes no second moment. */
  async function note(name: Moment): Promise<void> {
    const now = Date.now()
    if (noted.value.has(name) || now < busyUntil) return
    busyUntil = now + SETTLE_MS
    buzz()
    await set(name, new Date(now).toISOString())
  }

  async function undo(): Promise<void> {
    const change = last.value
    last.value = null
    if (change) await write(change.name, change.before)
  }

  onScopeDispose(() => clearTimeout(timer))
  return { sheet, marks, noted, last, note, takeBack: (name: Moment) => set(name, null), undo }
}

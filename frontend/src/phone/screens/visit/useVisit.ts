/** One visit for its own screen: what is kept on the phone, and the verbs before filling. */
import { onMounted, ref } from 'vue'
import { asProblem } from '@/shared/api/problem'
import type { Answer, Draft, Mark, VisitRow } from '@/shared/api/types'
import { problemText } from '@/shared/problemText'
import { abort, decide, checklistOf, refreshVisit } from '../../inbox/visits'
import { isElsewhere, serverDraft } from '../../inbox/drafts'
import { keepStorage } from '../../store/room'
import { answersOfDraft, openDraft, readDraft } from '../../store/drafts'
import { keepNamed } from '../../store/evidence'
import { useLive } from '../../store/live'
import type { DraftKind, DraftRecord } from '../../store/records'
import { draftIdFor, kindOf } from '../../store/sheets'
import { keptChecklist, keptVisit } from '../../store/visits'

/**
 * The answers a piece of work begins with: a return starts from what was handed in, a follow-up from what the first draft
 * already held of its items, the first submission from nothing.
 */
async function beginning(visit: VisitRow, kind: DraftKind): Promise<Answer[]> {
  if (kind === 'submission') return []
  if (kind === 'follow_up') return (await answersOfDraft(visit.id)).filter(({ checkpoint }) => visit.open_items.includes(checkpoint))
  const asked = new Set(visit.return?.checkpoints.map(({ checkpoint }) => checkpoint))
  return ((await keptVisit(visit.id))?.detail?.answers ?? []).filter(({ checkpoint }) => asked.has(checkpoint))
}

// A follow-up goes on from the moments of the visit: how long after leaving the call came is counted from there.
const marksBefore = async (visit: VisitRow, kind: DraftKind): Promise<Mark[]> =>
  kind === 'follow_up' ? ((await readDraft(visit.id))?.marks ?? (await keptVisit(visit.id))?.detail?.marks ?? []) : []

/** Opens the draft of the visit's present work, or answers the one that exists. */
export async function begin(visit: VisitRow, found: Draft | null = null): Promise<DraftRecord> {
  const kind = kindOf(visit)
  await checklistOf(visit.checklist, visit.version)
  void keepStorage()
  await keepNamed(visit.id, found?.document?.evidence ?? [])
  const answers = found?.document?.answers ?? (await beginning(visit, kind))
  return openDraft({ visitId: visit.id, kind, round: visit.return?.round ?? 0, marks: found?.document?.marks ?? (await marksBefore(visit, kind)), answers })
}

/** A draft of this visit that the server holds while this phone has none: begun on another device, or before a reset. */
export async function foundDraft(visit: VisitRow): Promise<Draft | null> {
  if (await readDraft(draftIdFor(visit, kindOf(visit)))) return null
  const draft = kindOf(visit) === 'submission' ? await serverDraft(visit.id) : null
  return draft?.document?.answers?.length ? draft : null
}

export { isElsewhere }

export function useVisit(id: string) {
  const { data: visit, isReady } = useLive(() => keptVisit(id), undefined)
  const { data: checklist } = useLive(async () => (await keptVisit(id).then((record) => record && keptChecklist(record.row.checklist, record.row.version))) ?? null, null)
  const failure = ref('')
  const isBusy = ref(false)

  async function attempt(work: () => Promise<void>): Promise<boolean> {
    isBusy.value = true
    try {
      await work()
      failure.value = ''
      return true
    } catch (error) {
      failure.value = problemText(error)
      return false
    } finally {
      isBusy.value = false
    }
  }

  async function refresh(): Promise<void> {
    try {
      await refreshVisit(id)
      const record = await keptVisit(id)
      if (record) await checklistOf(record.row.checklist, record.row.version)
    } catch (error) {
      if (asProblem(error).remedy !== 'retry') failure.value = problemText(error)
    }
  }

  onMounted(refresh)
  return {
    visit, isReady, checklist, failure, isBusy,
    accept: () => attempt(() => decide(id, { accepted: true })),
    decline: (reason: string) => attempt(() => decide(id, { accepted: false, reason })),
    end: (reason: string) => attempt(() => abort(id, reason)),
    attempt,
  }
}

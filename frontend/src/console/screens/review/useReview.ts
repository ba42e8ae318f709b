/** The review of one visit as state: the draft with its undo, what stands against a verdict, sending, refusals at their place. */
import { computed, ref, shallowRef, watch } from 'vue'
import type { ComputedRef, Ref } from 'vue'
import { asProblem } from '@/shared/api/problem'
import type { Result } from '@/shared/api/types'
import { problemText } from '@/shared/problemText'
import type { DeskVisit, Verdict } from '../../api/types'
import { putReview } from '../../api/visits'
import { blockers, bodyOf, emptyDraft, explainChange, explainWaiver, isEmpty, noteReturn, stageChange, toggleReturn, toggleWaiver, waiveAll } from './draft'
import type { Blocker, ReviewDraft } from './draft'

export interface ReviewState {
  draft: Ref<ReviewDraft>
  /** The server's refusals by checkpoint or evidence id. */
  refusals: Ref<Record<string, string>>
  /** What the server said about the whole decision. */
  refusal: Ref<string>
  sending: Ref<boolean>
  isDirty: ComputedRef<boolean>
  change: (checkpoint: string, current: Result | null, result: Result) => void
  explain: (checkpoint: string, reason: string) => void
  mark: (checkpoint: string) => void
  note: (checkpoint: string, note: string) => void
  waive: (place: string) => void
  excuse: (place: string, reason: string) => void
  waiveAll: (places: readonly string[], reason: string) => void
  say: (reason: string) => void
  date: (deadline: string | null) => void
  undo: () => void
  clear: () => void
  against: (visit: DeskVisit, verdict: Verdict) => Blocker[]
  send: (visit: DeskVisit, verdict: Verdict) => Promise<boolean>
}

/** Reviews not sent yet, by visit: looking elsewhere or signing in again loses nothing while the page is open. */
const kept = new Map<string, ReviewDraft>()

function useDraft(visitId: () => string) {
  const draft = shallowRef(kept.get(visitId()) ?? emptyDraft())
  const past: ReviewDraft[] = []
  // Typing is one step with what it explains: undo takes back the mark, not a letter.
  const type = (next: ReviewDraft): void => {
    draft.value = next
    kept.set(visitId(), next)
  }
  const step = (next: ReviewDraft): void => {
    past.push(draft.value)
    type(next)
  }
  const undo = (): void => type(past.pop() ?? draft.value)
  const clear = (): void => {
    past.length = 0
    kept.delete(visitId())
    draft.value = emptyDraft()
  }
  watch(visitId, (id) => {
    past.length = 0
    draft.value = kept.get(id) ?? emptyDraft()
  })
  return { draft, step, type, undo, clear }
}

type Keep = (next: ReviewDraft) => void
type Verbs = Omit<ReviewState, 'draft' | 'refusals' | 'refusal' | 'sending' | 'isDirty' | 'undo' | 'clear' | 'send'>

const verbs = (draft: Ref<ReviewDraft>, step: Keep, type: Keep): Verbs => ({
  change: (checkpoint, current, result) => step(stageChange(draft.value, checkpoint, current, result)),
  explain: (checkpoint, reason) => type(explainChange(draft.value, checkpoint, reason)),
  mark: (checkpoint) => step(toggleReturn(draft.value, checkpoint)),
  note: (checkpoint, note) => type(noteReturn(draft.value, checkpoint, note)),
  waive: (place) => step(toggleWaiver(draft.value, place)),
  excuse: (place, reason) => type(explainWaiver(draft.value, place, reason)),
  waiveAll: (places, reason) => step(waiveAll(draft.value, places, reason)),
  say: (reason) => type({ ...draft.value, reason }),
  date: (deadline) => type({ ...draft.value, deadline }),
  against: (visit, verdict) => blockers(draft.value, visit, verdict),
})

/** The review of the visit that `visitId` names now. */
export function useReview(visitId: () => string): ReviewState {
  const { draft, step, type, undo, clear } = useDraft(visitId)
  const refusals = ref<Record<string, string>>({})
  const refusal = ref('')
  const sending = ref(false)

  function keepRefusal(error: unknown): void {
    const { errors } = asProblem(error)
    const placed = errors.map((fault) => [fault.checkpoint ?? (fault as { evidence?: string }).evidence ?? fault.field ?? '', fault.message])
    refusals.value = Object.fromEntries(placed)
    refusal.value = problemText(error)
  }

  async function send(visit: DeskVisit, verdict: Verdict): Promise<boolean> {
    sending.value = true
    refusals.value = {}
    refusal.value = ''
    try {
      await putReview(visit.id, bodyOf(draft.value, visit, verdict))
      clear()
      return true
    } catch (error) {
      keepRefusal(error)
      return false
    } finally {
      sending.value = false
    }
  }

  watch(visitId, () => {
    refusals.value = {}
    refusal.value = ''
  })

  return { draft, refusals, refusal, sending, undo, clear, send, isDirty: computed(() => !isEmpty(draft.value)), ...verbs(draft, step, type) }
}

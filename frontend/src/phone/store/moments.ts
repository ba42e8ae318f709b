/** Noting the moments of a visit: the mark and the minutes that follow from it are written together. */
import type { Checkpoint, Mark } from '@/shared/api/types'
import { refillsOf } from '../domain/moments'
import { database } from './database'
import { countChange, emptyAnswer } from './drafts'

export interface Noted {
  /** When it was noted before, for undo. */
  before: string | null
  marks: Mark[]
}

/**
 * Notes when something happened, `null` taking it back; the same name again replaces it. Answers whose number lies between
 * two moments are filled, those that a person wrote stay.
 */
export async function noteMoment(draftId: string, name: string, at: string | null, checkpoints: readonly Checkpoint[]): Promise<Noted> {
  const { drafts, answers } = database()
  return database().transaction('rw', drafts, answers, async () => {
    const before = (await drafts.get(draftId))?.marks ?? []
    const others = before.filter((mark) => mark.name !== name)
    const after: Mark[] = at ? [...others, { name, at }] : others
    await drafts.update(draftId, { marks: after })
    await refill(draftId, checkpoints, before, after)
    await countChange(draftId)
    return { before: before.find((mark) => mark.name === name)?.at ?? null, marks: after }
  })
}

async function refill(draftId: string, checkpoints: readonly Checkpoint[], before: Mark[], after: Mark[]): Promise<void> {
  const { answers } = database()
  const rows = await answers.where('draft_id').equals(draftId).toArray()
  const known = new Map(rows.map((answer) => [answer.checkpoint, answer]))
  for (const { checkpoint, value } of refillsOf(checkpoints, known, before, after))
    await answers.put({ ...(known.get(checkpoint) ?? emptyAnswer(draftId, checkpoint)), value, updated_at: new Date().toISOString() })
}

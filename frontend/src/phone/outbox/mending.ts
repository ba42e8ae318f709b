/** The ways out of a file's trouble, carried out: another file in its place, the copy as it is now, or telling that it is lost. */
import { putLoss } from '@/shared/api/evidence'
import type { Source } from '@/shared/api/types'
import { recordOf } from '../capture/capture'
import { sha256Of } from '../capture/hash'
import { makeQuickCopy } from '../capture/quickCopies'
import { lostReason } from './waysOut'
import { database } from '../store/database'
import { readBlob, replaceCopy } from '../store/evidence'
import { saveItem } from '../store/line'
import { dropQuickCopy } from '../store/quickCopies'
import type { OutboxRecord } from '../store/records'
import { step } from './machine'

const inLineAgain = (item: OutboxRecord, size: number): Promise<void> =>
  saveItem({ ...step(item, { type: 'asked_again' }), size, reason: null })

/** Puts a newly taken file in the place of the troubled one; the answers that link to it stay as they are. */
export async function replaceFile(item: OutboxRecord, file: File, source: Source): Promise<void> {
  const before = await database().evidence.get(item.id)
  if (!before) return
  const taken = { ...(await recordOf(file, before.kind, source, before.visit_id)), id: before.id }
  await replaceCopy(taken, file)
  await inLineAgain(item, taken.size)
  void makeQuickCopy(taken, file)
}

/** Declares the copy as what it is now, damaged or not; the reviewer will see what is left of it. */
export async function sendAsItIs(item: OutboxRecord): Promise<void> {
  const [before, copy] = await Promise.all([database().evidence.get(item.id), readBlob(item.id)])
  if (!before || !copy) return
  await replaceCopy({ ...before, size: copy.size, sha256: await sha256Of(copy) }, copy)
  await inLineAgain(item, copy.size)
}

/** Tells the reviewers that the file is lost; its copy, if any, stays on the phone. Throws the Problem when they cannot be told. */
export async function sayLost(item: OutboxRecord, comment: string): Promise<void> {
  await putLoss(item.id, comment)
  await dropQuickCopy(item.id)
  await saveItem({ ...step(item, { type: 'given_up' }), reason: lostReason(comment) })
}

/** One item of the outbox as a file to keep: the bytes of a file, or the answers as they would have been sent. */
import { database } from '../store/database'
import { readBlob } from '../store/evidence'
import type { OutboxRecord } from '../store/records'
import { endingOf } from './backup'

async function bytesOf({ id }: OutboxRecord): Promise<File | null> {
  const [record, blob] = await Promise.all([database().evidence.get(id), readBlob(id)])
  if (!record || !blob) return null
  return new File([blob], record.name || `${id}.${endingOf(record)}`, { type: record.media_type })
}

/** The item as a file, or null when nothing of it is left on this phone. */
export async function itemAsFile(item: OutboxRecord): Promise<File | null> {
  if (item.kind !== 'words') return bytesOf(item)
  const text = JSON.stringify({ visit_id: item.visit_id, draft_id: item.draft_id, created_at: item.created_at, document: item.document }, null, 1)
  return new File([text], `mingcha-answers-${item.visit_id}.json`, { type: 'application/json' })
}

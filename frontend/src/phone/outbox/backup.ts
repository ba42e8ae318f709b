/**
 * The escape hatch: everything on this phone as one zip. `mingcha.json` holds the tables, `files/<id>.<ending>` the bytes,
 * so that headquarters can import a visit whose phone never reaches the network.
 */
import { downloadZip } from 'client-zip'
import { session } from '@/shared/session'
import { database } from '../store/database'
import { deviceId } from '../store/device'
import type { EvidenceRecord } from '../store/records'

const FORMAT = 1

async function tables(): Promise<Record<string, unknown>> {
  const { visits, drafts, answers, evidence, outbox, checklists } = database()
  const files = await evidence.toArray()
  return {
    format: FORMAT,
    saved_at: new Date().toISOString(),
    device_id: deviceId(),
    person: session.person,
    app_version: __APP_VERSION__,
    visits: await visits.toArray(),
    checklists: await checklists.toCollection().primaryKeys(),
    drafts: await drafts.toArray(),
    answers: await answers.toArray(),
    evidence: files.map(({ thumb: _thumb, ...record }) => record),
    outbox: await outbox.filter(({ kind }) => kind !== 'quick').toArray(),
  }
}

/** What a saved file is called after its id. */
export const endingOf = ({ name, media_type }: Pick<EvidenceRecord, 'name' | 'media_type'>): string =>
  /\.([a-z0-9]{2,5})$/i.exec(name)?.[1]?.toLowerCase() ?? /\/([a-z0-9]{1,12})/.exec(media_type)?.[1] ?? 'bin'

async function* entries(): AsyncGenerator<{ name: string; input: Blob | string; lastModified: Date }> {
  yield { name: 'mingcha.json', input: JSON.stringify(await tables(), null, 1), lastModified: new Date() }
  for (const id of await database().blobs.toCollection().primaryKeys()) {
    const [record, held] = await Promise.all([database().evidence.get(id), database().blobs.get(id)])
    // Bytes without a record are copies made for speed, or a capture that was cut off: headquarters could do nothing with them.
    if (held && record) yield { name: `files/${id}.${endingOf(record)}`, input: held.blob, lastModified: new Date(record.created_at || Date.now()) }
  }
}

/** Everything on this phone as one file, with a name that says whose and when. */
export async function everythingAsFile(): Promise<File> {
  const blob = await downloadZip(entries()).blob()
  const stamp = new Date().toISOString().slice(0, 16).replace(/[:T]/g, '-')
  return new File([blob], `mingcha-${session.person?.login ?? 'phone'}-${stamp}.zip`, { type: 'application/zip' })
}

/** What the server last said of visits and checklists, kept so that everything opens without network. */
import type { Checklist, Visit, VisitRow } from '@/shared/api/types'
import { database, write } from './database'
import type { VisitRecord } from './records'

export const checklistIdOf = (code: string, version: string): string => `${code}@${version}`

export const keptVisits = (): Promise<VisitRecord[]> => database().visits.toArray()

export const keptVisit = (id: string): Promise<VisitRecord | undefined> => database().visits.get(id)

export const keptChecklist = async (code: string, version: string): Promise<Checklist | null> =>
  (await database().checklists.get(checklistIdOf(code, version)))?.checklist ?? null

/** Those of the versions that are on the phone, by id. */
export async function keptChecklists(ids: string[]): Promise<Map<string, Checklist>> {
  const found = await database().checklists.bulkGet(ids)
  return new Map(found.flatMap((record) => (record ? [[record.id, record.checklist] as const] : [])))
}

export const keptChecklistIds = (): Promise<string[]> => database().checklists.toCollection().primaryKeys()

export const keepChecklists = async (fetched: Checklist[]): Promise<void> =>
  void (await write(({ checklists }) =>
    checklists.bulkPut(fetched.map((checklist) => ({ id: checklistIdOf(checklist.code, checklist.version), checklist }))),
  ))

const now = (): string => new Date().toISOString()

/** Keeps the rows of a fresh list. A visit that left the list goes too, unless work on it is still on this phone. */
export async function keepRows(rows: VisitRow[]): Promise<void> {
  const { visits, drafts } = database()
  await database().transaction('rw', visits, drafts, async () => {
    const known = new Map((await visits.toArray()).map((record) => [record.id, record]))
    const started = new Set((await drafts.toArray()).map((draft) => draft.visit_id))
    const listed = new Set(rows.map((row) => row.id))
    await visits.bulkDelete([...known.keys()].filter((id) => !listed.has(id) && !started.has(id)))
    await visits.bulkPut(rows.map((row) => ({ id: row.id, row, detail: known.get(row.id)?.detail ?? null, fetched_at: now() })))
  })
}

/** Keeps a whole visit. */
export async function keepVisit(visit: Visit): Promise<void> {
  const before = await keptVisit(visit.id)
  // Some answers carry less than the list does: what they leave out stays as it was known.
  const row = { ...before?.row, ...visit }
  const detail = { ...before?.detail, ...visit }
  await write(({ visits }) => visits.put({ id: visit.id, row, detail, fetched_at: now() }))
}

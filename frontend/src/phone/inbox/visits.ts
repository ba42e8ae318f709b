/** Fetches what the person needs and keeps it on the phone: own visits, their checklists, one visit in full. */
import { abortVisit, decideAcceptance, myVisits, readChecklist, readVisit } from '@/shared/api/visits'
import type { Acceptance } from '@/shared/api/visits'
import type { Checklist, VisitRow } from '@/shared/api/types'
import { refreshAuditSheets } from './auditSheets'
import { checklistIdOf, keepChecklists, keepRows, keepVisit, keptChecklist, keptChecklistIds, keptVisits } from '../store/visits'

const ACTIVE = new Set<VisitRow['state']>(['planned', 'taken', 'in_progress', 'submitted', 'in_review'])

/** The version from the phone, else from the server; a published version never changes. */
export async function checklistOf(code: string, version: string): Promise<Checklist> {
  const kept = await keptChecklist(code, version)
  if (kept) return kept
  const fetched = await readChecklist(code, version)
  await keepChecklists([fetched])
  return fetched
}

// Fetched ahead so that the visit can be filled where there is no network, and kept together: every write makes the screen ask anew.
async function fetchChecklists(rows: VisitRow[]): Promise<void> {
  const active = rows.filter((row) => ACTIVE.has(row.state))
  const needed = new Map(active.map(({ checklist, version }) => [checklistIdOf(checklist, version), [checklist, version] as const]))
  const kept = new Set(await keptChecklistIds())
  const missing = [...needed].filter(([id]) => !kept.has(id))
  const answers = await Promise.allSettled(missing.map(([, which]) => readChecklist(...which)))
  const fetched = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  // A write of nothing would go well, and hide that the last one did not.
  if (fetched.length) await keepChecklists(fetched)
}

/** Brings list and checklists up to date; throws the Problem when the server cannot be asked. */
export async function refreshVisits(): Promise<void> {
  const rows = await myVisits()
  await keepRows(rows)
  await fetchChecklists(rows)
  void refreshAuditSheets(rows).catch(() => undefined)
}

/** Brings one visit up to date. */
export async function refreshVisit(id: string): Promise<void> {
  await keepVisit(await readVisit(id))
}

/** Accepts or declines; needs the network, because someone else waits for the word. */
export async function decide(id: string, acceptance: Acceptance): Promise<void> {
  await decideAcceptance(id, acceptance)
  await refreshVisit(id)
  if (acceptance.accepted) void refreshAuditSheets((await keptVisits()).map(({ row }) => row)).catch(() => undefined)
}

/** Ends a visit that cannot be made. */
export async function abort(id: string, reason: string): Promise<void> {
  await abortVisit(id, reason)
  await refreshVisit(id)
}

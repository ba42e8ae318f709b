/** Everything the home screen answers in one glance: where next, what is missing, what is not yet safe. */
import { computed } from 'vue'
import type { ComputedRef, ShallowRef } from 'vue'
import type { Checklist } from '@/shared/api/types'
import { afterwardsOf } from '../../domain/afterwards'
import type { Afterwards } from '../../domain/afterwards'
import type { News, NewsKind } from '../../domain/news'
import { check, itemsOf, tally } from '../../domain/sheet'
import type { Tally } from '../../domain/sheet'
import { workOf } from '../../domain/work'
import type { Work } from '../../domain/work'
import { draftIds, unsentDrafts } from '../../store/drafts'
import { filesOnPhone } from '../../store/evidence'
import type { FilesOnPhone } from '../../store/evidence'
import { standingSince } from '../../store/keptWords'
import { database } from '../../store/database'
import { useLive } from '../../store/live'
import { outboxItems } from '../../store/line'
import type { OutboxRecord, VisitRecord } from '../../store/records'
import { newsAmong } from '../../store/news'
import { blankSheet, draftIdFor, kindOf, sheetOf } from '../../store/sheets'
import type { SheetContent } from '../../store/sheets'
import { checklistIdOf, keptChecklists, keptVisits } from '../../store/visits'

export interface HomeVisit {
  record: VisitRecord
  work: Work
  /** What the open piece of work lacks; null before its checklist is on the phone. */
  tally: Tally | null
  isBegun: boolean
  /** Whether the person has left the store, and may be asked to write. */
  afterwards: Afterwards
  words: OutboxRecord | null
  /** What is new of it and was not seen yet. */
  news: NewsKind[]
  /** Its files that are in line and not yet with the server. */
  filesWaiting: OutboxRecord[]
}

const tallyOf = ({ checklist, visit, kind, answers, kinds }: SheetContent): Tally =>
  tally(check(checklist, itemsOf(checklist, visit, kind), answers, kinds, kind))

/** What is read once for all visits. */
interface AtHand {
  line: OutboxRecord[]
  news: News[]
  begun: Set<string>
  checklists: Map<string, Checklist>
}

const isOpen = ({ row }: VisitRecord): boolean => !['over', 'wait'].includes(workOf(row))
const versionIdOf = ({ row }: VisitRecord): string => checklistIdOf(row.checklist, row.version)

// Of work that nobody has begun nothing is asked: a phone holds many such visits, and opens with all of them.
async function sheetFor(record: VisitRecord, { line, begun, checklists }: AtHand): Promise<SheetContent | null> {
  const checklist = isOpen(record) && checklists.get(versionIdOf(record))
  if (!checklist) return null
  const isBegun = begun.has(draftIdFor(record.row, kindOf(record.row))) || line.some(({ visit_id }) => visit_id === record.id)
  return isBegun ? sheetOf(record, checklist) : blankSheet(record, checklist)
}

async function summaryOf(record: VisitRecord, atHand: AtHand): Promise<HomeVisit> {
  const sheet = await sheetFor(record, atHand)
  const waiting = atHand.line.filter(({ visit_id, kind: what, state }) => visit_id === record.id && what === 'file' && state !== 'done')
  return {
    record, work: workOf(record.row),
    tally: sheet && tallyOf(sheet),
    isBegun: sheet?.draft != null,
    afterwards: sheet?.draft ? afterwardsOf(sheet.draft.marks, await standingSince(record.id), Date.now()) : 'not_yet',
    words: sheet?.words && sheet.words.state !== 'done' ? sheet.words : null,
    news: atHand.news.filter(({ visitId }) => visitId === record.id).map(({ kind }) => kind),
    filesWaiting: waiting,
  }
}

// In one transaction: a cheap phone takes longer to open one for each of the many small questions than to answer them.
const readHome = (): Promise<HomeVisit[]> =>
  database().together(async () => {
    const [records, line, ids] = await Promise.all([keptVisits(), outboxItems(), draftIds()])
    const versions = new Set(records.filter(isOpen).map(versionIdOf))
    const [news, checklists] = await Promise.all([newsAmong(records), keptChecklists([...versions])])
    const atHand = { line, news, begun: new Set(ids), checklists }
    return Promise.all(records.map((record) => summaryOf(record, atHand)))
  })

// Days compare as they are written; asking the language for their order takes a cheap phone long.
const dueOf = ({ record }: HomeVisit): string => record.row.due_on ?? '9'
const dueFirst = (a: HomeVisit, b: HomeVisit): number => Number(dueOf(a) > dueOf(b)) - Number(dueOf(a) < dueOf(b))

export interface Home {
  isReady: ShallowRef<boolean>
  of: (...works: Work[]) => HomeVisit[]
  sending: ComputedRef<HomeVisit[]>
  all: ShallowRef<HomeVisit[]>
}

export function useHome(): Home {
  const { data, isReady } = useLive(readHome, [])
  const of = (...works: Work[]): HomeVisit[] => data.value.filter(({ work, words }) => works.includes(work) && !words).sort(dueFirst)
  const sending = computed(() => data.value.filter(({ words, work, filesWaiting }) => words || (work === 'wait' && filesWaiting.length > 0)))
  return { isReady, of, sending, all: data }
}

export interface Unsent extends FilesOnPhone {
  inLine: number
  needsPerson: number
}

/** When the oldest of what the server does not have was made: a file, words in line, a draft that changed since it was sent. */
async function oldestUnsent(files: FilesOnPhone, items: OutboxRecord[], line: OutboxRecord[]): Promise<string | null> {
  const handedIn = new Set(items.filter(({ kind }) => kind === 'words').map(({ draft_id }) => draft_id))
  const drafts = (await unsentDrafts()).filter(({ id }) => !handedIn.has(id))
  const times = [files.since, ...line.map(({ created_at }) => created_at), ...drafts.map(({ started_at }) => started_at)]
  return times.filter((time): time is string => Boolean(time)).sort()[0] ?? null
}

/** What has not reached the server yet: words and files in line, the bytes still on the phone, and since when. */
export const useUnsent = () =>
  useLive<Unsent>(
    () =>
      database().together(async () => {
        const items = await outboxItems()
        const line = items.filter(({ kind, state }) => kind !== 'quick' && state !== 'done')
        const needsPerson = line.filter(({ state }) => state === 'attention' || state === 'refresh').length
        const files = await filesOnPhone()
        return { ...files, since: await oldestUnsent(files, items, line), inLine: line.length, needsPerson }
      }),
    { files: [], since: null, inLine: 0, needsPerson: 0 },
  )

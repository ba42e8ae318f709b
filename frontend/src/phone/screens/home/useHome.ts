/** Everything the home screen answers in one glance: where next, what is missing, what is not yet safe. */
import { computed } from 'vue'
import type { ComputedRef, ShallowRef } from 'vue'
import { afterwardsOf } from '../../domain/afterwards'
import type { Afterwards } from '../../domain/afterwards'
import { check, itemsOf, tally } from '../../domain/sheet'
import type { Tally } from '../../domain/sheet'
import { workOf } from '../../domain/work'
import type { Work } from '../../domain/work'
import { filesOnPhone } from '../../store/evidence'
import type { FilesOnPhone } from '../../store/evidence'
import { standingSince } from '../../store/keptWords'
import { useLive } from '../../store/live'
import { outboxItems } from '../../store/line'
import type { OutboxRecord, VisitRecord } from '../../store/records'
import { readSheet } from '../../store/sheets'
import type { SheetContent } from '../../store/sheets'
import { keptVisits } from '../../store/visits'

export interface HomeVisit {
  record: VisitRecord
  work: Work
  /** What the open piece of work lacks; null before its checklist is on the phone. */
  tally: Tally | null
  isBegun: boolean
  /** Whether the person has left the store, and may be asked to write. */
  afterwards: Afterwards
  words: OutboxRecord | null
  /** Its files that are in line and not yet with the server. */
  filesWaiting: OutboxRecord[]
}

const tallyOf = ({ checklist, visit, kind, answers, kinds }: SheetContent): Tally =>
  tally(check(checklist, itemsOf(checklist, visit, kind), answers, kinds, kind))

async function summaryOf(record: VisitRecord, line: OutboxRecord[]): Promise<HomeVisit> {
  const work = workOf(record.row)
  const isOpen = work !== 'over' && work !== 'wait'
  const sheet = isOpen ? await readSheet(record.id) : null
  const waiting = line.filter(({ visit_id, kind: what, state }) => visit_id === record.id && what === 'file' && state !== 'done')
  return {
    record, work,
    tally: sheet && tallyOf(sheet),
    isBegun: sheet?.draft != null,
    afterwards: afterwardsOf(sheet?.draft?.marks ?? [], await standingSince(record.id), Date.now()),
    words: sheet?.words && sheet.words.state !== 'done' ? sheet.words : null,
    filesWaiting: waiting,
  }
}

async function readHome(): Promise<HomeVisit[]> {
  const [records, line] = await Promise.all([keptVisits(), outboxItems()])
  return Promise.all(records.map((record) => summaryOf(record, line)))
}

const dueFirst = (a: HomeVisit, b: HomeVisit): number => (a.record.row.due_on ?? '9').localeCompare(b.record.row.due_on ?? '9')

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

/** What has not reached the server yet: words and files in line, and the bytes still on the phone. */
export const useUnsent = () =>
  useLive<Unsent>(
    async () => {
      const line = (await outboxItems()).filter(({ state }) => state !== 'done')
      const needsPerson = line.filter(({ state }) => state === 'attention' || state === 'refresh').length
      return { ...(await filesOnPhone()), inLine: line.length, needsPerson }
    },
    { files: [], since: null, inLine: 0, needsPerson: 0 },
  )

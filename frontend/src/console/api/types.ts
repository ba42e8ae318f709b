/** Shapes that only the console reads: waves, reports, network, people. What the server adds beyond them is ignored. */
import type { Evidence, FileSums, Method, Permission, Person, Result, Role, Visit, VisitState } from '@/shared/api/types'
import type { Bilingual } from '@/shared/i18n'

/** Permissions the console asks for beyond those the phone knows. */
export type ConsolePermission = Permission | 'checklists:read' | 'integrity:read' | 'network:read' | 'people:read' | 'waves:read'

export type Band = [number, number] | null
export type WaveState = 'draft' | 'open' | 'closed' | 'locked'
export type Interval = [number, number]

export interface Wave {
  id: string
  programme: string
  number: number
  name: string
  checklist: string
  version: string
  opens_on: string
  closes_on: string
  state: WaveState
  headline_method: Method
  quota: Partial<Record<Method, number>> | null
  target_rate: number | string | null
  gallery_allowed: boolean
  /** Days after the lock for which media are kept; null for ever. */
  originals_days: number | null
  renditions_days: number | null
  published_at: string | null
  locked_at: string | null
  revision?: number
}

export interface WaveBody {
  programme: string
  number: number
  name: string
  checklist: string
  version: string
  opens_on: string
  closes_on: string
  state?: 'draft' | 'open'
  headline_method?: Method
  quota?: Partial<Record<Method, number>> | null
  target_rate?: number | null
  gallery_allowed?: boolean
  originals_days?: number | null
  renditions_days?: number | null
}

export interface Programme {
  id: string
  code: string
  name: string
  purpose: string | null
  brand_id: string | null
  revision?: number
}

export interface MeanRate {
  mean_of_stores: number | null
  pooled: number | null
  interval?: Interval | null
}

export interface Headline {
  wave_id: string
  stores: number
  visits: number
  passed: number
  applicable: number
  rate: MeanRate
  official_score: number | null
  red_lines: number
  change_pp: number | null
  change_shown: boolean | null
  previous_wave_id: string | null
  /** The wave before asked other items, or by another method. */
  break: boolean
}

export interface CheckpointRow {
  checkpoint: string
  title: Bilingual
  stage: string
  module: string
  dimension?: string | null
  critical: boolean
  passed: number
  failed: number
  na: number
  na_rate: number | null
  na_interval: Interval | null
  visits: number
  applicable: number
  rate: number | null
  interval: Interval | null
  change_pp: number | null
  /** The interval of the difference excludes 0. */
  change_shown: boolean
  earlier_rate: number | null
  earlier_applicable: number | null
}

export interface StoreRow {
  store_id: string
  code: string
  name: string
  region_id: string | null
  group_id: string | null
  visits: number
  passed: number
  applicable: number
  rate: number | null
  official_score: number | null
  score_interval: Interval | null
  red_line: boolean
  rank: number | null
  band: Band
  sample_ok: boolean
  change_pp: number | null
}

/** One row of the tables by stage, module or dimension; `code` is whichever of the three the row names. */
export interface PartRow {
  stage?: string
  module?: string
  dimension?: string
  title: Bilingual
  passed: number
  applicable: number
  rate: MeanRate
  score: number | null
  visits: number
  stores: number
  checkpoints: number
  change_pp: number | null
  /** The paired interval of the change excludes 0. */
  change_shown: boolean
  /** The wave before asked other items, or by another method. */
  break: boolean
}

/** One row of the tables by region or group. */
export interface AreaRow {
  region_id?: string | null
  group_id?: string | null
  name: string | null
  stores: number
  visits: number
  passed: number
  applicable: number
  rate: MeanRate
  official_score: number | null
  red_lines: number
  sample_ok: boolean
  change_pp: number | null
  /** The paired interval of the change excludes 0. */
  change_shown: boolean
  /** The wave before asked other items, or by another method. */
  break: boolean
}

export type { Matrix, MatrixRow } from './matrix'

export interface TrendPoint {
  wave_id: string
  number: number
  name?: string
  rate: number | null
  interval: Interval | null
  n: number
  like_for_like: number | null
  change_pp?: number | null
  break: boolean
}

/** Visits of a wave by state and by method; `stores` have none, and `stores_without` names the first 2,000 of them. */
export interface Progress {
  visits: number
  by_state: Partial<Record<VisitState, number>>
  by_method: Partial<Record<Method, Partial<Record<VisitState, number>>>>
  stores: number
  stores_without: { id: string; code: string; name: string }[]
  files: FileSums
  /** Undecided visits with files still on a phone. */
  visits_missing: number
}

export interface StoreWave extends BesideOthers {
  wave_id: string
  number: number
  name: string
  rate: number | null
  official_score: number | null
  score_interval: Interval | null
  red_line: boolean
  rank: number | null
  band: Band
  visits: number
  passed: number
  applicable: number
  sample_ok: boolean
  change_pp: number | null
  stores: number
  ranked: number
}

/** Means of the region's and of all stores; null below five. */
export interface BesideOthers {
  region_rate: number | null
  region_stores: number
  network_rate: number | null
  network_stores: number
}

/** A part of the store's latest wave. */
export interface StorePart extends BesideOthers {
  stage?: string
  module?: string
  title: Bilingual
  passed: number
  applicable: number
  rate: number | null
  score: number | null
}

export interface StoreVisit {
  visit_id: string
  wave_id: string
  number: number
  method: Method
  passed: number
  applicable: number
  rate: number | null
  official_score: number | null
  red_line: boolean
}

/** A checkpoint that failed in all of `waves`, which end with the latest. */
export interface RepeatFail {
  checkpoint: string
  title: Bilingual
  critical: boolean
  waves: number[]
  failed: number
  applicable: number
}

export interface StoreReport {
  store: { id: string; code: string; name: string; city: string | null; region_id: string | null; group_id: string | null }
  checklist: string | null
  checklists: string[]
  waves: StoreWave[]
  stages: StorePart[]
  modules: StorePart[]
  repeat_fails: RepeatFail[]
}

export interface Store {
  id: string
  code: string
  name: string
  brand_id: string | null
  region_id: string | null
  group_id: string | null
  city: string | null
  address: string | null
  lat: number | null
  lon: number | null
  datum: string | null
  opened_on: string | null
  closed_on: string | null
  staff_informed_on: string | null
  staff_informed_by: string | null
  tags: string[]
  revision?: number
}

export interface Area {
  id: string
  code: string
  name: string
}

export interface ImportRow {
  row: number
  code: string | null
  outcome: 'created' | 'changed' | 'unchanged' | 'refused'
  errors: { field?: string; message: string }[]
}

export interface ImportReport {
  rows: ImportRow[]
  counts: Record<ImportRow['outcome'], number>
  /** Headings that were not understood. */
  ignored_columns: string[]
}

export interface PersonRow extends Person {
  phone: string | null
  email: string | null
  active: boolean
  roles: Role[]
  revision?: number
}

export interface Device {
  id: string
  device: string | null
  created_at: string
  last_seen_at: string | null
  expires_at?: string | null
  current?: boolean
}

export interface Token {
  id: string
  name: string
  created_at: string
  expires_at: string | null
  token?: string
}

export interface ChecklistLine {
  code: string
  version: string
  title: Bilingual
  method?: Method
  checkpoints?: number
  stages?: number
  published_at?: string | null
}

export interface LedgerLine {
  checkpoint: string
  old_result: Result | null
  new_result: Result
  reason: string
  at: string
  person: string | { id: string; name: string } | null
}

export interface WaiverLine {
  checkpoint: string | null
  evidence: string | null
  reason: string
  at: string
  person: string | { id: string; name: string } | null
}

export interface ReviewLine {
  round: number
  verdict: Verdict
  reason: string | null
  decided_at?: string
  at?: string
  person?: string | { id: string; name: string } | null
  reviewer?: string | { id: string; name: string } | null
}

export type Verdict = 'approved' | 'returned' | 'void'

/** A visit as the console reads it: with its history spelt out. */
export type DeskVisit = Omit<Visit, 'ledger' | 'waivers' | 'holes'> & {
  holes: string[]
  ledger: LedgerLine[]
  waivers: WaiverLine[]
  reviews: ReviewLine[]
  evidence: Evidence[]
  round: number
  reason: string | null
}

export interface ReviewBody {
  verdict: Verdict
  reason?: string | null
  deadline?: string | null
  changes?: { checkpoint: string; result: Result; reason: string }[]
  returned?: { checkpoint: string; note: string }[]
  waived?: { checkpoint?: string; evidence?: string; reason: string }[]
  round?: number
}

export interface BulkVisit {
  id: string
  wave_id: string
  store_id: string
  method: Method
  auditor_id: string | null
  due_on: string | null
  fee: number | null
}

/** What became of one visit of a bulk assignment; `problem` is its problem document when it was refused. */
export interface BulkOutcome {
  id: string
  outcome: 'created' | 'changed' | 'unchanged' | 'refused'
  problem?: { title?: string; detail?: string; errors?: { message: string }[] } | null
}

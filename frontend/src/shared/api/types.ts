/** The shapes of the API as both apps read them; what the server adds beyond them is kept and ignored. */
import type { Bilingual } from '@/shared/i18n'

export type Method = 'covert' | 'unannounced' | 'announced' | 'remote' | 'self'
export type VisitState =
  | 'planned' | 'taken' | 'in_progress' | 'submitted' | 'in_review' | 'approved' | 'published' | 'locked'
  | 'declined' | 'expired' | 'aborted' | 'void'
export type Result = 'pass' | 'fail' | 'na'
export type EvidenceKind = 'photo' | 'video' | 'audio'
export type EvidenceState = 'expected' | 'uploading' | 'stored' | 'ready' | 'unreadable'
export type Source = 'camera' | 'gallery' | 'file'
export type Capture = 'before_visit' | 'onsite' | 'after_visit'

export type Permission =
  | 'checklists:publish' | 'checklists:read' | 'evidence:originals' | 'evidence:read' | 'evidence:upload' | 'network:manage'
  | 'network:read' | 'people:manage' | 'people:read' | 'reports:read' | 'visits:assign' | 'visits:fill' | 'visits:hold' | 'visits:read'
  | 'visits:review' | 'waves:plan' | 'waves:read'
export type RoleName =
  | 'shopper' | 'auditor' | 'planner' | 'reviewer' | 'analyst' | 'regional_manager' | 'group_manager' | 'store_manager'

export interface Role {
  role: RoleName
  scope_kind: string | null
  scope_id: string | null
}

export interface Person {
  id: string
  name: string
  login: string
  locale: string | null
}

export interface Session {
  person: Person
  permissions: Permission[]
  roles: Role[]
  csrf_token: string
  demo: boolean
}

export interface Position {
  lat: number
  lon: number
  accuracy: number | null
  datum: 'WGS-84' | 'GCJ-02' | 'BD-09'
}

export interface EvidenceLink {
  id: string
  at_ms: number | null
}

export interface Answer {
  checkpoint: string
  result: Result | null
  value: number | string | null
  comment: string | null
  evidence: EvidenceLink[]
}

export interface Mark {
  name: string
  at: string
}

/** "I am here", as the phone says it. */
export interface CheckIn {
  at: string
  how: 'position' | 'qr'
  position: Position | null
  store_token: string | null
}

/** What the server makes of a check-in: metres, and whether it speaks for the store (null where nothing tells). */
export interface CheckInSeen {
  distance: number | null
  accuracy: number | null
  is_here: boolean | null
}

/** The store's word on an open audit. */
export interface SignOff {
  name: string | null
  role: string | null
  at: string
  evidence: string | null
  refused: boolean
  note: string | null
}

/** A checkpoint that the store failed in each of `waves`, the latest first. */
export interface SheetRepeat {
  checklist: string
  checklist_title: Bilingual
  checkpoint: string
  title: Bilingual
  critical: boolean
  /** Whether the audit at hand asks for it too. */
  is_asked: boolean
  waves: number[]
  pictures: string[]
}

/** What an auditor reads of a store before an open audit. */
export interface AuditSheet {
  visit_id: string
  waves: number
  left_out: number
  repeats: SheetRepeat[]
}

export interface EvidenceDeclaration {
  kind: EvidenceKind
  media_type: string
  size: number
  sha256: string
  captured_at: string | null
  source: Source
  position: Position | null
  /** The device that captured it; unknown of files kept by older versions of the app. */
  device?: Record<string, unknown> | null | undefined
}

export interface Evidence extends Omit<EvidenceDeclaration, 'device'> {
  id: string
  state: EvidenceState
  upload_url: string | null
  problem: string | null
  problem_code?: string | null
  renditions: string[]
  /** Whether the renditions were made of a quick copy, while the original is still to come. */
  is_provisional?: boolean
  duration_ms: number | null
  /** Since when the wave's retention has let the bytes go; the state outlives them. */
  original_deleted_at?: string | null
  renditions_deleted_at?: string | null
}

export interface Submission {
  answers: Answer[]
  marks: Mark[]
  evidence: (EvidenceDeclaration & { id: string })[]
  check_in?: CheckIn | null
  sign_off?: SignOff | null
  device?: Record<string, unknown>
  app_version?: string
  started_at?: string | null
  finished_at?: string
}

export interface VisitWave {
  id: string
  number: number
  name: string
  closes_on: string
  gallery_allowed: boolean
}

export interface VisitStore {
  id: string
  code: string
  name: string
  address: string | null
  city: string | null
  lat: number | null
  lon: number | null
  datum: string | null
}

export interface VisitReturn {
  deadline: string | null
  reason: string | null
  round: number
  checkpoints: { checkpoint: string; note: string | null }[]
}

/** A scenario: free fields, shown as label and text. */
export type Script = Record<string, unknown> | string | null

/** How many of the declared files are here, and what is left of the others; sizes in bytes. */
export interface FileSums {
  expected: number
  stored: number
  ready: number
  unreadable: number
  wrong: number
  lost: number
  expected_bytes: number
  stored_bytes: number
  left_bytes: number
  /** When the oldest file still to come was declared. */
  missing_since: string | null
}

/** One declared file in a visit's ledger. */
export interface FileLine {
  id: string
  kind: EvidenceKind
  size: number
  received: number
  sha256: string
  state: EvidenceState
  problem: string | null
  problem_code: string | null
  checkpoints: string[]
  captured_at: string | null
  declared_at: string
  stored_at: string | null
}

export interface VisitRow {
  id: string
  state: VisitState
  method: Method
  wave_id: string
  store_id: string
  auditor_id: string | null
  due_on: string | null
  fee: number | string | null
  window: unknown
  script: Script
  checklist: string
  version: string
  wave: VisitWave
  store: VisitStore
  auditor: { id: string; name: string } | null
  follow_up_due_at: string | null
  return: VisitReturn | null
  flags: unknown[]
  files: FileSums
  submitted_at: string | null
  open_items: string[]
  /** What its integrity signals come to; null for whoever does not judge it, and before it was judged. */
  band?: 'clear' | 'look' | 'doubt' | null
}

export interface ScorePart {
  passed: number
  applicable: number
  rate: number | null
  score: number | null
}

export interface Scorecard {
  passed: number
  applicable: number
  rate: number | null
  earned: number
  possible: number
  raw_score: number | null
  official_score: number | null
  red_line: boolean
  stages: Record<string, ScorePart>
  modules: Record<string, ScorePart>
  dimensions: Record<string, ScorePart>
}

export interface Visit extends VisitRow {
  answers: Answer[]
  scorecard: Scorecard | null
  evidence: Evidence[]
  ledger: unknown[]
  waivers: unknown[]
  holes: unknown[]
  marks: Mark[]
  check_in: (CheckInSeen & { at: string; how: CheckIn['how'] }) | null
  sign_off: SignOff | null
}

export interface DraftDocument {
  answers: Answer[]
  marks: Mark[]
  check_in?: CheckIn | null
  sign_off?: SignOff | null
  evidence: (EvidenceDeclaration & { id: string })[]
}

export interface Draft {
  revision: number
  device_id: string
  saved_at: string
  document?: DraftDocument
  check_in?: CheckInSeen | null
}

export interface Unit {
  code: string
  title: Bilingual
}

export type AnswerRule =
  | { type: 'pass_fail' }
  | { type: 'number'; unit: string; min: number; max: number; step: number; pass_when: PassWhen }
  | { type: 'single_choice'; options: { value: string; label: Bilingual; outcome: Result }[] }

export type PassWhen = { op: 'lte' | 'gte'; value: number } | { op: 'between'; min: number; max: number }

export interface EvidenceRule {
  kind: EvidenceKind
  required: boolean | 'on_fail'
  min: number
}

export interface Checkpoint {
  code: string
  lineage?: string
  title: Bilingual
  guidance: Bilingual
  module: string
  area?: string | null
  capture?: Capture | null
  answer: AnswerRule
  evidence_mode: 'all' | 'any'
  evidence: EvidenceRule[]
  weight: number
  critical: boolean
  allow_na: boolean
  na_when?: Bilingual | null
  privacy?: string[]
}

export interface Stage {
  code: string
  title: Bilingual
  capture: Capture
  dimension?: string | null
  methods: Method[]
  checkpoints: Checkpoint[]
}

/** A published version: the definition file's own structure with defaults filled in. */
export interface Checklist {
  code: string
  version: string
  title: Bilingual
  description?: Bilingual
  method: Method
  modules: Unit[]
  dimensions?: Unit[]
  areas?: Unit[]
  scoring: { critical: { effect: 'none' | 'cap' | 'zero'; cap?: number } }
  evidence_rules: { shared_media?: boolean; absence?: Record<string, unknown>; note?: Bilingual }
  stages: Stage[]
}

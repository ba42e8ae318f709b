/** Questions about a published version: which stages a visit covers, in which order, and when an item is captured. */
import type { Bilingual } from '@/shared/i18n'
import type { Capture, Checklist, Checkpoint, EvidenceKind, Method, Stage } from '@/shared/api/types'

/** The stages whose methods include the visit's own; items of other stages are not asked. */
export const stagesFor = (checklist: Checklist, method: Method): Stage[] =>
  checklist.stages.filter((stage) => (stage.methods ?? [checklist.method]).includes(method))

/** When the item is captured: its own word, else its stage's. */
export const captureOf = (stage: Stage, checkpoint: Checkpoint): Capture => checkpoint.capture ?? stage.capture

export interface Item {
  stage: Stage
  checkpoint: Checkpoint
  capture: Capture
}

/** Every item a visit is asked, in checklist order. */
export const itemsFor = (checklist: Checklist, method: Method): Item[] =>
  stagesFor(checklist, method).flatMap((stage) =>
    stage.checkpoints.map((checkpoint) => ({ stage, checkpoint, capture: captureOf(stage, checkpoint) })),
  )

/** What an item is called, or null where the version does not have it. */
export const titleOf = (checklist: Checklist | null, code: string): Bilingual | null =>
  checklist?.stages.flatMap(({ checkpoints }) => checkpoints).find((checkpoint) => checkpoint.code === code)?.title ?? null

/** The kinds of evidence the item takes, each once, required ones first. */
export function kindsOf(checkpoint: Checkpoint): EvidenceKind[] {
  const rules = [...checkpoint.evidence].sort((a, b) => Number(b.required === true) - Number(a.required === true))
  return [...new Set(rules.map((rule) => rule.kind))]
}

/** Private space: photos only and nobody in the frame. */
export const isPrivateSpace = (checkpoint: Checkpoint): boolean => checkpoint.privacy?.includes('private_space') ?? false

/** Published checklist versions; a version never changes, so what was read once is kept. */
import { allOf } from '@/shared/api/client'
import type { Checklist } from '@/shared/api/types'
import { readChecklist } from '@/shared/api/visits'
import { sendText } from './files'
import type { ChecklistLine } from './types'

const kept = new Map<string, Promise<Checklist>>()

export const allChecklists = (): Promise<ChecklistLine[]> => allOf<ChecklistLine>('/checklists')

/** One version's document; asked for once per page load. */
export function checklistOf(code: string, version: string): Promise<Checklist> {
  const key = `${code} ${version}`
  const running = kept.get(key) ?? readChecklist(code, version)
  kept.set(key, running)
  running.catch(() => kept.delete(key))
  return running
}

const MEDIA = { json: 'application/json', yaml: 'application/yaml' } as const
export type DefinitionMedia = keyof typeof MEDIA

export const publishChecklist = (code: string, version: string, text: string, media: DefinitionMedia): Promise<Checklist> =>
  sendText<Checklist>('PUT', `/checklists/${encodeURIComponent(code)}/versions/${encodeURIComponent(version)}`, text, MEDIA[media])

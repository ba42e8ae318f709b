/** How the parts of the fill screen reach the one sheet they work on. */
import { inject } from 'vue'
import type { InjectionKey } from 'vue'
import type { FillSheet } from './useSheet'

export const sheetKey: InjectionKey<FillSheet> = Symbol('sheet')

export function useProvidedSheet(): FillSheet {
  const sheet = inject(sheetKey)
  if (!sheet) throw new Error('This part belongs inside the fill screen.')
  return sheet
}

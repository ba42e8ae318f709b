/** The matrix of a wave as the API answers it. */
import type { Bilingual } from '@/shared/i18n'

/** One list a measure, in the order of the matrix' columns. */
export interface MatrixRow {
  id: string | null
  code: string | null
  name: string | null
  rates: (number | null)[]
  n: number[]
  passed: number[]
  applicable: number[]
}

export interface Matrix {
  columns: { code: string; title: Bilingual }[]
  items: MatrixRow[]
}

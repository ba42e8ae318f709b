/** How a visit's signals are shown: which stand, and the score they make. */
import type { Integrity, Signal } from '../../api/integrity'

const BEST = 100
const MOST_PICTURES = 4

export const standing = ({ signals }: Pick<Integrity, 'signals'>): Signal[] => signals.filter((one) => one.clearing === null)
export const cleared = ({ signals }: Pick<Integrity, 'signals'>): Signal[] => signals.filter((one) => one.clearing !== null)

/** The left side of the score's equation: `100 − 45 − 15`. */
export const equation = (integrity: Pick<Integrity, 'signals'>): string =>
  [BEST, ...standing(integrity).map((one) => one.weight)].join(' − ')

/** The visit's own files a signal shows: one beside another visit's, else the first few. */
export const shownFiles = (signal: Pick<Signal, 'files' | 'other'>): Signal['files'] =>
  signal.files.slice(0, signal.other?.file ? 1 : MOST_PICTURES)

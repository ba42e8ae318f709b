/** What the phone has room for: a photo is still possible when a video is not. */
import type { EvidenceKind } from '@/shared/api/types'
import { freeBytes } from '../store/device'
import { LIMITS } from './recording'

const MB = 1_000_000

/** Room to begin a capture: for a recording enough that it need not end at once. */
const NEEDED: Record<EvidenceKind, number> = { photo: 15 * MB, video: LIMITS.video.room + 50 * MB, audio: LIMITS.audio.room + 10 * MB }

/** Whether there is room for a capture of this kind; where the browser does not say, there is. */
export const hasRoom = (kind: EvidenceKind, free: number | null): boolean => free === null || free >= NEEDED[kind]

/** The bytes that are free, asked so that a browser which cannot answer stands in nobody's way. */
export const roomNow = (): Promise<number | null> => freeBytes().catch(() => null)

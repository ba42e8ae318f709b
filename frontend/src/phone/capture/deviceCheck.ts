/** Whether this phone is fit for a visit: camera, microphone, room, position, battery, each with one word for how it stands. */
import { freeBytes } from '../store/device'
import { sharesPosition } from '../store/consent'
import { positionNow } from './position'

export const PARTS = ['camera', 'microphone', 'storage', 'position', 'battery'] as const
export type Part = (typeof PARTS)[number]
export type Standing = 'ok' | 'denied' | 'missing' | 'insecure' | 'low' | 'vague' | 'unknown' | 'unasked'

/** What is to be mended; a choice of the person's own, and what the browser does not say, are not. */
export const isTrouble = (standing: Standing | undefined): boolean => standing !== undefined && !['ok', 'unknown', 'unasked'].includes(standing)

export interface DeviceCheck {
  at: string
  parts: Record<Part, Standing>
}

const ENOUGH_BYTES = 1_000_000_000
const ENOUGH_BATTERY = 0.3
const VAGUE_METRES = 200

// Opens the device for an instant, so that the browser asks for permission now and not in the store. Nothing is kept.
async function opened(wanted: MediaStreamConstraints): Promise<Standing> {
  if (!navigator.mediaDevices) return 'insecure'
  try {
    const stream = await navigator.mediaDevices.getUserMedia(wanted)
    stream.getTracks().forEach((track) => track.stop())
    return 'ok'
  } catch (error) {
    return error instanceof Error && error.name === 'NotAllowedError' ? 'denied' : 'missing'
  }
}

async function storage(): Promise<Standing> {
  const free = await freeBytes()
  if (free === null) return 'unknown'
  return free >= ENOUGH_BYTES ? 'ok' : 'low'
}

async function position(): Promise<Standing> {
  if (!sharesPosition()) return 'unasked'
  if (!window.isSecureContext) return 'insecure'
  const found = await positionNow()
  if (!found) return 'missing'
  return (found.accuracy ?? 0) > VAGUE_METRES ? 'vague' : 'ok'
}

type Battery = { level: number; charging: boolean }
type WithBattery = Navigator & { getBattery?: () => Promise<Battery> }

async function battery(): Promise<Standing> {
  const known = await (navigator as WithBattery).getBattery?.().catch(() => undefined)
  if (!known) return 'unknown'
  return known.charging || known.level >= ENOUGH_BATTERY ? 'ok' : 'low'
}

const CHECKS: Record<Part, () => Promise<Standing>> = {
  camera: () => opened({ video: { facingMode: 'environment' } }),
  microphone: () => opened({ audio: true }),
  storage, position, battery,
}

/** Looks at every part in turn, telling each as it is known; one question of the browser's at a time. */
export async function checkDevice(tell: (part: Part, standing: Standing) => void): Promise<DeviceCheck> {
  const parts = {} as Record<Part, Standing>
  for (const part of PARTS) tell(part, (parts[part] = await CHECKS[part]()))
  return { at: new Date().toISOString(), parts }
}

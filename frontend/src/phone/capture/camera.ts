/** The camera and the microphone inside the app: opening them, one photo, the torch, and which format to record in. */

export type Facing = 'environment' | 'user'
export type Refusal = 'missing' | 'refused' | 'failed'

/** Whether this browser has a camera for pages at all: secure pages only, and not inside every other app. */
export const hasCamera = (): boolean => typeof navigator.mediaDevices?.getUserMedia === 'function'

export const canRecord = (): boolean => hasCamera() && typeof MediaRecorder === 'function'

const PHOTO: MediaTrackConstraints = { width: { ideal: 4096 }, height: { ideal: 3072 } }
const VIDEO: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }

function constraintsFor(kind: 'photo' | 'video' | 'audio', facing: Facing): MediaStreamConstraints {
  if (kind === 'audio') return { audio: true }
  return { video: { ...(kind === 'photo' ? PHOTO : VIDEO), facingMode: { ideal: facing } }, audio: kind === 'video' }
}

/** Opens what this kind of capture needs; rejects when the person, the phone or the browser refuses. */
export const openStream = (kind: 'photo' | 'video' | 'audio', facing: Facing): Promise<MediaStream> =>
  navigator.mediaDevices.getUserMedia(constraintsFor(kind, facing))

export const closeStream = (stream: MediaStream | null): void => stream?.getTracks().forEach((track) => track.stop())

/** Why the camera did not open, in one of the three ways in which the person is told. */
export function refusalOf(error: unknown): Refusal {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused'
  return name === 'NotFoundError' || name === 'OverconstrainedError' ? 'missing' : 'failed'
}

/** How many cameras there are: with one there is nothing to switch. */
export async function cameraCount(): Promise<number> {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => [])
  return devices.filter(({ kind }) => kind === 'videoinput').length
}

interface TorchTrack {
  getCapabilities?: () => { torch?: boolean }
  applyConstraints: (constraints: { advanced: { torch: boolean }[] }) => Promise<void>
}

const torchOf = (stream: MediaStream): TorchTrack | undefined => stream.getVideoTracks()[0] as unknown as TorchTrack | undefined

export const hasTorch = (stream: MediaStream): boolean => torchOf(stream)?.getCapabilities?.().torch === true

export const setTorch = (stream: MediaStream, on: boolean): Promise<void> =>
  torchOf(stream)?.applyConstraints({ advanced: [{ torch: on }] }) ?? Promise.resolve()

interface PhotoTaker {
  takePhoto: () => Promise<Blob>
}
type PhotoTakerMaker = new (track: MediaStreamTrack) => PhotoTaker

const SHUTTER_PATIENCE_MS = 3_000

const tooLate = (milliseconds: number): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), milliseconds))

// The sensor's own picture, larger than the film's frame; only some browsers have it, and some of their cameras fail or make PNG.
async function fromSensor(stream: MediaStream): Promise<Blob | null> {
  const Maker = (window as { ImageCapture?: PhotoTakerMaker }).ImageCapture
  const track = stream.getVideoTracks()[0]
  if (!Maker || !track) return null
  const blob = await Promise.race([new Maker(track).takePhoto(), tooLate(SHUTTER_PATIENCE_MS)]).catch(() => null)
  return blob?.type === 'image/jpeg' && blob.size > 0 ? blob : null
}

async function fromFrame(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  canvas.getContext('2d')?.drawImage(video, 0, 0)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92))
  if (!blob) throw new Error('The camera gave no picture.')
  return blob
}

/** One photo as a JPEG file, as large as the camera gives it; while a film runs a picture of that, which does not disturb it. */
export async function takePhoto(stream: MediaStream, video: HTMLVideoElement, { fromFilm }: { fromFilm: boolean }): Promise<File> {
  const blob = (fromFilm ? null : await fromSensor(stream)) ?? (await fromFrame(video))
  const now = new Date()
  return new File([blob], `photo-${now.getTime()}.jpg`, { type: 'image/jpeg', lastModified: now.getTime() })
}

// WebM comes first: Chromium hands over MP4 no oftener than key frames come, five seconds and more of nothing that a crash would lose.
const FORMATS = {
  video: ['video/webm;codecs=vp8,opus', 'video/webm', 'video/mp4;codecs=avc1.42E01E,mp4a.40.2', 'video/mp4'],
  audio: ['audio/webm;codecs=opus', 'audio/webm', 'audio/mp4;codecs=mp4a.40.2', 'audio/mp4'],
}

/** The first format that this browser can record in, or undefined to leave the choice to it. */
export const formatFor = (kind: 'video' | 'audio', isSupported: (type: string) => boolean): string | undefined =>
  FORMATS[kind].find((type) => isSupported(type))

/** `video/webm;codecs=vp8` is declared as `video/webm`. */
export const plainType = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase()

/** A small picture of a captured file, so that lists never decode originals. */

const SIDE = 240

const drawn = async (source: CanvasImageSource, width: number, height: number): Promise<Blob | null> => {
  const scale = Math.min(1, SIDE / Math.max(width, height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(width * scale))
  canvas.height = Math.max(1, Math.round(height * scale))
  canvas.getContext('2d')?.drawImage(source, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.8))
}

async function ofPhoto(file: Blob): Promise<Blob | null> {
  const bitmap = await createImageBitmap(file)
  try {
    return await drawn(bitmap, bitmap.width, bitmap.height)
  } finally {
    bitmap.close()
  }
}

const happened = (target: HTMLMediaElement, name: string, milliseconds: number): Promise<boolean> =>
  new Promise((resolve) => {
    target.addEventListener(name, () => resolve(true), { once: true })
    target.addEventListener('error', () => resolve(false), { once: true })
    setTimeout(() => resolve(false), milliseconds)
  })

async function ofVideo(file: Blob): Promise<Blob | null> {
  const video = document.createElement('video')
  const address = URL.createObjectURL(file)
  try {
    Object.assign(video, { muted: true, playsInline: true, preload: 'auto', src: address })
    if (!(await happened(video, 'loadeddata', 4000)) || !video.videoWidth) return null
    return await drawn(video, video.videoWidth, video.videoHeight)
  } finally {
    URL.revokeObjectURL(address)
  }
}

/** The small picture, or null where this browser cannot draw the file (HEIC in Chromium, every audio). */
export async function thumbnailOf(file: Blob, kind: 'photo' | 'video' | 'audio'): Promise<Blob | null> {
  try {
    if (kind === 'audio') return null
    return kind === 'photo' ? await ofPhoto(file) : await ofVideo(file)
  } catch {
    return null
  }
}

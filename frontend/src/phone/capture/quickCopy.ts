/** Draws the quick copy of a photo: upright, without anything the photo says of itself, small enough to go ahead of it. */

const LONGEST_SIDE = 1600
/** What the server takes at most. */
const MOST_BYTES = 512 * 1024
const QUALITIES = [0.82, 0.7, 0.55, 0.4, 0.25]

/** Width and height of the copy; a smaller photo keeps its own. */
export function fitted(width: number, height: number): [number, number] {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height))
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
}

/** The copy, or null where no quality makes it small enough. Rejects where this browser cannot draw the photo. */
export async function drawQuickCopy(photo: Blob): Promise<Blob | null> {
  const bitmap = await createImageBitmap(photo, { imageOrientation: 'from-image' })
  const canvas = new OffscreenCanvas(...fitted(bitmap.width, bitmap.height))
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  return smallEnough((quality) => canvas.convertToBlob({ type: 'image/jpeg', quality }))
}

/** The best JPEG that is small enough, encoded with less and less quality. */
export async function smallEnough(encode: (quality: number) => Promise<Blob>): Promise<Blob | null> {
  for (const quality of QUALITIES) {
    const copy = await encode(quality)
    if (copy.type === 'image/jpeg' && copy.size <= MOST_BYTES) return copy
  }
  return null
}

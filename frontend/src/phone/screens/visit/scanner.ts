/** Looks for a QR code in what the camera shows, where the browser has a detector of its own. */
interface Detector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>
}
type WithDetector = { BarcodeDetector?: new (options: { formats: string[] }) => Detector }

const PAUSE_MS = 250

export const canScan = (): boolean => 'BarcodeDetector' in window && navigator.mediaDevices !== undefined

/** Shows the camera in `video` and tells every text that is read, until the answered function is called. */
export async function scan(video: HTMLVideoElement, tell: (text: string) => void): Promise<() => void> {
  const Kind = (window as WithDetector).BarcodeDetector
  if (!Kind) throw new Error('This browser reads no codes.')
  const detector = new Kind({ formats: ['qr_code'] })
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  video.srcObject = stream
  await video.play()
  const look = async (): Promise<void> => {
    const [found] = await detector.detect(video).catch(() => [])
    if (found) tell(found.rawValue)
  }
  const timer = setInterval(() => void look(), PAUSE_MS)
  return () => {
    clearInterval(timer)
    stream.getTracks().forEach((track) => track.stop())
  }
}

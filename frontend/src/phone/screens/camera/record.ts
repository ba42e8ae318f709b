/** Begins a recording and tells the person how it ended, wherever in the app they are by then. */
import { showToast } from 'vant'
import { t } from '@/shared/i18n'
import type { Target } from '../../capture/capture'
import { startRecorder } from '../../capture/recorder'
import type { Recorder } from '../../capture/recorder'
import { follow } from '../../capture/running'

interface WakeLock {
  release: () => Promise<void>
}
type WakeLocks = { request: (type: 'screen') => Promise<WakeLock> }

/** Keeps the screen from going dark, which would end the recording; where the browser cannot, the person keeps it lit. */
const stayAwake = (): Promise<WakeLock | null> =>
  (navigator as { wakeLock?: WakeLocks }).wakeLock?.request('screen').catch(() => null) ?? Promise.resolve(null)

async function tellTheEnd(recorder: Recorder): Promise<void> {
  const awake = stayAwake()
  try {
    const kept = await recorder.finished
    const by = recorder.state.value.endedBy ?? 'person'
    if (by !== 'person' || !kept) showToast(t(kept ? `camera.ended.${by}` : 'camera.nothingRecorded'))
  } catch {
    showToast(t('camera.notPutTogether'))
  } finally {
    await (await awake)?.release().catch(() => undefined)
  }
}

/** The recorder of this stream, running; null when it could not begin, which the person is told. */
export async function beginRecording(kind: 'video' | 'audio', stream: MediaStream, target: Target): Promise<Recorder | null> {
  try {
    const recorder = await startRecorder(kind, stream, target)
    follow(recorder)
    void tellTheEnd(recorder)
    return recorder
  } catch {
    showToast(t('camera.notBegun'))
    return null
  }
}

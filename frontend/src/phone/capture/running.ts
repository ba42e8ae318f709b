/** The one recording that runs in this page: the bar above every screen shows it, and any checkpoint can be marked in it. */
import { shallowRef } from 'vue'
import type { ShallowRef } from 'vue'
import type { Recorder } from './recorder'

export const running: ShallowRef<Recorder | null> = shallowRef(null)

/** Makes it the recording that runs, until it has become evidence or failed. */
export function follow(recorder: Recorder): void {
  running.value = recorder
  const over = (): void => {
    if (running.value === recorder) running.value = null
  }
  void recorder.finished.then(over, over)
}

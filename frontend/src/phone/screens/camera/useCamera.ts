/** The open camera of a capture screen: its stream, which way it looks, its torch, and why it did not open. */
import { onMounted, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { ShallowRef } from 'vue'
import type { EvidenceKind } from '@/shared/api/types'
import { cameraCount, canRecord, closeStream, hasCamera, hasTorch, openStream, refusalOf, setTorch } from '../../capture/camera'
import type { Facing, Refusal } from '../../capture/camera'
import { hasRoom, roomNow } from '../../capture/room'
import { running } from '../../capture/running'

/** What is being recorded is what the finder shows; a second look at the same camera would end a film on some phones. */
const recorded = (kind: EvidenceKind): MediaStream | null =>
  running.value && (running.value.kind === kind || running.value.kind === 'video') ? running.value.stream : null

/** The light beside the lens, where there is one. */
function useTorch(stream: ShallowRef<MediaStream | null>) {
  const [canLight, isLit] = [ref(false), ref(false)]

  watch(stream, (opened) => {
    isLit.value = false
    canLight.value = opened !== null && hasTorch(opened)
  })

  async function light(): Promise<void> {
    if (!stream.value) return
    await setTorch(stream.value, !isLit.value).then(() => (isLit.value = !isLit.value), () => (canLight.value = false))
  }
  return { canLight, isLit, light }
}

/** What stands in the way before the camera is even asked. */
async function obstacle(kind: EvidenceKind): Promise<'room' | 'missing' | null> {
  if (!hasRoom(kind, await roomNow())) return 'room'
  return (kind === 'photo' ? hasCamera() : canRecord()) ? null : 'missing'
}

export function useCamera(kind: EvidenceKind) {
  const stream = shallowRef<MediaStream | null>(null)
  const refusal = ref<Refusal | 'room' | null>(null)
  const facing = ref<Facing>('environment')
  const canSwitch = ref(false)
  const torch = useTorch(stream)
  let isOver = false

  /** Closes the stream, unless a recording goes on with it. */
  function release(): void {
    if (stream.value !== running.value?.stream) closeStream(stream.value)
    stream.value = null
  }

  async function openOwn(): Promise<void> {
    refusal.value = await obstacle(kind)
    if (refusal.value) return
    const opened = await openStream(kind, facing.value)
    // The screen was left while the phone asked for permission.
    await (isOver ? closeStream(opened) : show(opened, kind !== 'audio'))
  }

  async function open(): Promise<void> {
    release()
    const shared = recorded(kind)
    try {
      await (shared ? show(shared, false) : openOwn())
    } catch (error) {
      refusal.value = refusalOf(error)
    }
  }

  async function show(opened: MediaStream, mayTurn: boolean): Promise<void> {
    stream.value = opened
    refusal.value = null
    canSwitch.value = mayTurn && (await cameraCount()) > 1
  }

  const turn = (): Promise<void> => ((facing.value = facing.value === 'user' ? 'environment' : 'user'), open())

  onMounted(open)
  onScopeDispose(() => {
    isOver = true
    release()
  })
  return { stream, refusal, canSwitch, open, turn, ...torch }
}

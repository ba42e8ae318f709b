/** A sideways swipe that goes to the next or the previous stage; a scroll or a slanted stroke does not. */

const FAR_PX = 70

export function useStageSwipe(stepStage: (by: 1 | -1) => void) {
  let from: { x: number; y: number } | null = null

  const start = ({ touches }: TouchEvent): void => {
    const touch = touches[0]
    from = touch && touches.length === 1 ? { x: touch.clientX, y: touch.clientY } : null
  }

  const end = ({ changedTouches }: TouchEvent): void => {
    const touch = changedTouches[0]
    if (!from || !touch) return
    const [dx, dy] = [touch.clientX - from.x, touch.clientY - from.y]
    from = null
    if (Math.abs(dx) > FAR_PX && Math.abs(dx) > 2.5 * Math.abs(dy)) stepStage(dx < 0 ? 1 : -1)
  }

  return { start, end }
}

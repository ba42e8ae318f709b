/** Arrow keys, Home and End move the focus among the controls of a group, as keyboards expect of radios and tabs. */
const STEP: Readonly<Record<string, 1 | -1>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

function target(key: string, at: number, count: number): number | null {
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const step = STEP[key]
  return step && at >= 0 ? (at + step + count) % count : null
}

/** For `@keydown` of the group: `role` is that of its controls. */
export function moveFocus(event: KeyboardEvent, role: 'radio' | 'tab'): void {
  const controls = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(`[role="${role}"]`)]
  const next = target(event.key, controls.indexOf(document.activeElement as HTMLElement), controls.length)
  if (next === null) return
  event.preventDefault()
  controls[next]?.focus()
}

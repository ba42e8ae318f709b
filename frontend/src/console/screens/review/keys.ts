/** The reviewer's keyboard: one key, one command; nothing while typing or with a modifier held. */
import { onBeforeUnmount, onMounted } from 'vue'

export type Command = 'next' | 'previous' | 'pass' | 'fail' | 'na' | 'return' | 'comment' | 'waive' | 'undo' | 'play' | 'full' | 'help'

const COMMANDS: Readonly<Record<string, Command>> = {
  ArrowDown: 'next', j: 'next', ArrowUp: 'previous', k: 'previous', 1: 'pass', 2: 'fail', 3: 'na',
  r: 'return', c: 'comment', w: 'waive', z: 'undo', ' ': 'play', f: 'full', '?': 'help',
}

/** Keys in the order of the help, with the command each stands for. */
export const HELP: readonly [string, Command][] = [
  ['↑ ↓', 'next'], ['1', 'pass'], ['2', 'fail'], ['3', 'na'], ['r', 'return'], ['c', 'comment'], ['w', 'waive'], ['z', 'undo'],
  ['space', 'play'], ['f', 'full'], ['?', 'help'],
]

interface Pressed {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  target: EventTarget | null
}

const takesKeys = (target: EventTarget | null, key: string): boolean => {
  if (!(target instanceof HTMLElement)) return false
  if (target.matches('input, textarea, select, [contenteditable]') || target.closest('.el-overlay, .el-popper') !== null) return true
  return key === ' ' && target.matches('button, a, video, audio, summary')
}

/** The command of a key press, or null where the press belongs to something else. */
export function commandOf(event: Pressed): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target, event.key)) return null
  return COMMANDS[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? null
}

/** Listens while the component is shown. `run` answers whether the command meant anything. */
export function useKeys(run: (command: Command) => boolean): void {
  const listen = (event: KeyboardEvent): void => {
    const command = commandOf(event)
    if (command && run(command)) event.preventDefault()
  }
  onMounted(() => window.addEventListener('keydown', listen))
  onBeforeUnmount(() => window.removeEventListener('keydown', listen))
}

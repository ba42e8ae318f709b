/** The focus goes round a group and stays in it. */
import { beforeEach, expect, test } from 'vitest'
import { moveFocus } from './arrowKeys'

beforeEach(() => {
  document.body.innerHTML = '<div><button role="radio">a</button><button role="radio">b</button><button>other</button><button role="radio">c</button></div>'
  const group = document.querySelector('div')!
  group.addEventListener('keydown', (event) => moveFocus(event, 'radio'))
  group.querySelector('button')!.focus()
})

const press = (key: string): void => void document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))

test.each([
  [['ArrowRight'], 'b'], [['ArrowDown', 'ArrowDown'], 'c'], [['ArrowLeft'], 'c'], [['End', 'ArrowRight'], 'a'], [['End', 'Home'], 'a'], [['x'], 'a'],
])('%j leads to %s', (keys, expected) => {
  keys.forEach(press)
  expect(document.activeElement!.textContent).toBe(expected)
})

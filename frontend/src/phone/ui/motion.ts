/** How far the page may move by itself: not at all for people who asked their device for less motion. */
const calm = typeof matchMedia === 'function' ? matchMedia('(prefers-reduced-motion: reduce)') : null

export const scrolling = (): ScrollBehavior => (calm?.matches ? 'auto' : 'smooth')

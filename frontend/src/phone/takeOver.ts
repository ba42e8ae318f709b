/** What the page tells a service worker that waits: the person asked for the new version. */
export const TAKE_OVER = 'take-over'

/// <reference lib="webworker" />
/**
 * The phone's service worker: keeps the app's own files for use without network. It answers GET only and never touches
 * the API: a submission or an upload must reach the network exactly as the page sent it. A new version waits beside the
 * old one, whose files stay until the person has asked for the new one (update.ts).
 */
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { TAKE_OVER } from './takeOver'

declare const self: ServiceWorkerGlobalScope

precacheAndRoute(self.__WB_MANIFEST)
cleanupOutdatedCaches()
// The page that was open when the app came onto the phone can be used without network at once, not only after a reload.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('message', ({ data }) => {
  if (data === TAKE_OVER) void self.skipWaiting()
})
registerRoute(new NavigationRoute(createHandlerBoundToURL('/m/index.html'), { allowlist: [/^\/m(\/|$)/] }))

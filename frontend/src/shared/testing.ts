/** Set-up of every front-end test: an IndexedDB in memory and the Chinese words of both apps. */
import 'fake-indexeddb/auto'

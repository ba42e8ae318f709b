/** News outside the app: the number on its icon, where the system shows one, follows what the person has not seen. */
import { liveQuery } from 'dexie'
import type { Router } from 'vue-router'
import { noteSeen, readNews } from './store/news'

type WithBadge = Navigator & { setAppBadge?: (count: number) => Promise<void>; clearAppBadge?: () => Promise<void> }

// Some browsers have the function and refuse it to pages that are not installed.
const show = (count: number): void => void (navigator as WithBadge).setAppBadge?.(count).catch(() => undefined)

/** Follows the news of the person whose database is open; opening a visit makes its news seen. */
export function followNews(router: Router): () => void {
  const news = liveQuery(readNews).subscribe({ next: ({ length }) => show(length), error: () => undefined })
  const endSeen = router.afterEach(({ params: { id } }) => void (typeof id === 'string' && noteSeen(id).catch(() => undefined)))
  return () => {
    news.unsubscribe()
    endSeen()
    void (navigator as WithBadge).clearAppBadge?.().catch(() => undefined)
  }
}

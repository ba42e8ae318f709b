/** Which news the person has seen, kept on this phone; what no longer is news is forgotten. */
import type { News } from '../domain/news'
import { unseenNews } from '../domain/news'
import { database } from './database'
import type { VisitRecord } from './records'
import { keptVisits } from './visits'

const SEEN = 'news-seen'

const seen = async (): Promise<Set<string>> => new Set(((await database().settings.get(SEEN))?.value as string[] | undefined) ?? [])

/** What is news now among visits that are at hand. */
export const newsAmong = async (visits: VisitRecord[]): Promise<News[]> =>
  unseenNews(visits.map(({ row }) => row), await seen(), new Date())

/** What is news now. */
export const readNews = async (): Promise<News[]> => newsAmong(await keptVisits())

/** The visit was opened: what there was to tell of it is no news any more. */
export async function noteSeen(visitId: string): Promise<void> {
  const { settings, visits } = database()
  await database().transaction('rw', settings, visits, async () => {
    const all = unseenNews((await visits.toArray()).map(({ row }) => row), new Set(), new Date())
    const known = await seen()
    const kept = all.filter(({ key, visitId: id }) => id === visitId || known.has(key)).map(({ key }) => key)
    await settings.put({ key: SEEN, value: kept })
  })
}

/** Small things a person left on this phone, in their own database: that the car stands, and the text of the note page. */
import { database } from './database'

const read = async <T>(key: string): Promise<T | null> => ((await database().settings.get(key))?.value as T | undefined) ?? null

const write = async (key: string, value: unknown): Promise<void> => void (await database().settings.put({ key, value }))

/** When the person last said, for this visit, that the car stands. */
export const standingSince = (visitId: string): Promise<string | null> => read<string>(`standing:${visitId}`)

export const noteStanding = (visitId: string): Promise<void> => write(`standing:${visitId}`, new Date().toISOString())

/** The text of the note page, or null before anything was written. */
export const keptNote = (): Promise<string | null> => read<string>('note')

export const keepNote = (text: string): Promise<void> => write('note', text)

/** What the person agreed to before the first capture: kept here at once, told to the server when the network is there. */
import { computed, ref } from 'vue'
import type { Ref } from 'vue'
import { database } from './database'
import { newId } from './device'

/** The version of the text under `consent.text` in the language files; outbox/consents.test.ts holds the two together. */
export const CONSENT_VERSION = '2026-11'

export interface Consent {
  id: string
  version: string
  given_at: string
  /** Whether captures may carry the position: a choice of its own. */
  position: boolean
  language: string
  withdrawn_at: string | null
}

const [CURRENT, UNTOLD] = ['consent', 'consents-untold']

/** The newest consent on this phone, withdrawn or not; null before the first. */
export const consent: Ref<Consent | null> = ref(null)

const isGiven = computed(() => consent.value !== null && consent.value.withdrawn_at === null && consent.value.version === CONSENT_VERSION)

/** Whether anything may be captured: consent to the present text was given and not withdrawn. */
export const mayCapture = (): boolean => isGiven.value

/** Whether captures may carry the position. */
export const sharesPosition = (): boolean => isGiven.value && consent.value?.position === true

const now = (): string => new Date().toISOString()

/** What the server was not told yet, in the order in which it happened. */
export const untold = async (): Promise<Consent[]> => ((await database().settings.get(UNTOLD))?.value as Consent[] | undefined) ?? []

/** Reads what this person agreed to on this phone; after their database was opened. */
export async function loadConsent(): Promise<void> {
  consent.value = ((await database().settings.get(CURRENT))?.value as Consent | undefined) ?? null
}

/** Writes the consents, of which the last is now the newest, and puts them in line for the server. */
async function keep(changed: Consent[]): Promise<void> {
  const { settings } = database()
  await database().transaction('rw', settings, async () => {
    const ids = new Set(changed.map(({ id }) => id))
    const others = (await untold()).filter(({ id }) => !ids.has(id))
    await settings.put({ key: UNTOLD, value: [...others, ...changed] })
    await settings.put({ key: CURRENT, value: changed.at(-1) })
  })
  consent.value = changed.at(-1) ?? null
}

const ended = (): Consent[] => (consent.value && !consent.value.withdrawn_at ? [{ ...consent.value, withdrawn_at: now() }] : [])

/** Agrees to the present text. What was agreed before, with another choice of position, ends with it. */
export const giveConsent = (position: boolean, language: string): Promise<void> =>
  keep([...ended(), { id: newId(), version: CONSENT_VERSION, given_at: now(), position, language, withdrawn_at: null }])

/** Takes the consent back: the next capture asks again, what was captured stays. */
export async function withdrawConsent(): Promise<void> {
  const changed = ended()
  if (changed.length) await keep(changed)
}

/** Notes that the server knows this; what changed while it was told stays in line. */
export async function noteTold({ id, withdrawn_at }: Consent): Promise<void> {
  const { settings } = database()
  await database().transaction('rw', settings, async () => {
    const left = (await untold()).filter((each) => each.id !== id || each.withdrawn_at !== withdrawn_at)
    await settings.put({ key: UNTOLD, value: left })
  })
}

/** Who is signed in on this page: one reactive state, and the verbs that change it. */
import { reactive, readonly } from 'vue'
import { configureClient } from './api/client'
import { asProblem } from './api/problem'
import { closeSession, openSession, readSession } from './api/session'
import type { Credentials } from './api/session'
import type { Permission, Person, Role, Session } from './api/types'
import { currentLocale } from './i18n'

const KEY = 'mingcha.session'

interface SessionState {
  /** `unknown` until the first answer, `offline` when only the remembered person is known. */
  status: 'unknown' | 'anonymous' | 'known' | 'offline'
  person: Person | null
  permissions: Permission[]
  roles: Role[]
  demo: boolean
  csrfToken: string | null
}

const state = reactive<SessionState>({
  status: 'unknown',
  person: null,
  permissions: [],
  roles: [],
  demo: false,
  csrfToken: null,
})

/** The session, read-only; change it through the verbs below. */
export const session = readonly(state)

/** True when the person may do this; the server decides again. */
export const can = (permission: Permission): boolean => state.permissions.includes(permission)

// The token stays in memory: only what is needed to open the app without network is kept on the device.
const remember = ({ person, permissions, roles, demo }: Session): void =>
  localStorage.setItem(KEY, JSON.stringify({ person, permissions, roles, demo }))

function takeSession(answer: Session): void {
  const { csrf_token, ...known } = answer
  Object.assign(state, known, { csrfToken: csrf_token, status: 'known' })
  remember(answer)
}

function forget(): void {
  localStorage.removeItem(KEY)
  Object.assign(state, { status: 'anonymous', person: null, permissions: [], roles: [], csrfToken: null })
}

/** Takes the person last seen on this device as the one who is here, as `offline`; answers whether there is one. */
export function recall(): boolean {
  const stored = localStorage.getItem(KEY)
  if (!stored) return false
  Object.assign(state, JSON.parse(stored) as Partial<SessionState>, { status: 'offline' })
  return true
}

/**
 * Asks who is signed in. Without network the person last seen on this device counts, as `offline`. With `keepsPerson` the
 * person stays known after the sign-in ended too, as `anonymous`: the phone shows unsent work whatever the server says.
 */
export async function loadSession(keepsPerson = false): Promise<void> {
  try {
    takeSession(await readSession())
  } catch (error) {
    const waits = asProblem(error).remedy === 'retry'
    if (!(waits || keepsPerson) || !recall()) return forget()
    state.status = waits ? 'offline' : 'anonymous'
  }
}

/** Signs in with password or link; throws the Problem when refused. */
export async function signIn(credentials: Credentials): Promise<void> {
  takeSession(await openSession(credentials))
}

/** Signs out here and on the server; here even when the server cannot be reached. */
export async function signOut(): Promise<void> {
  try {
    await closeSession()
  } finally {
    forget()
  }
}

/** The token of a link that opened this page (`?link=...`), taken out of the address at once so that it is never shared. */
export function takeLinkToken(): string | null {
  const here = new URL(window.location.href)
  const token = here.searchParams.get('link')
  if (!token) return null
  here.searchParams.delete('link')
  window.history.replaceState(window.history.state, '', here.pathname + here.search + here.hash)
  return token
}

async function renewToken(): Promise<string | null> {
  try {
    takeSession(await readSession())
  } catch (error) {
    if (asProblem(error).status === 401) state.status = 'anonymous'
  }
  return state.csrfToken
}

/** Connects the client with this store. `onSignInNeeded` runs after a 401; what the person typed stays where it is. */
export function startSession(onSignInNeeded: () => void): void {
  configureClient({
    csrfToken: () => state.csrfToken,
    renewToken,
    locale: currentLocale,
    onUnauthorised: () => {
      if (state.status === 'unknown') return
      Object.assign(state, { status: 'anonymous', csrfToken: null })
      onSignInNeeded()
    },
  })
}

/** A Problem as one sentence for the person: the server's own words when it has some, ours otherwise. */
import { asProblem } from './api/problem'
import type { Problem } from './api/problem'
import { t } from './i18n'

const OWN: Record<number, string> = { 0: 'problem.offline', 401: 'problem.signIn', 404: 'problem.missing', 412: 'problem.changed' }

function ownText(problem: Problem): string | null {
  const key = OWN[problem.status] ?? (problem.status >= 500 ? 'problem.server' : null)
  return key && t(key)
}

/** What happened, in the language shown. */
export function problemText(error: unknown): string {
  const problem = asProblem(error)
  return ownText(problem) ?? (problem.detail || problem.title || t('problem.unexpected', { detail: problem.message }))
}

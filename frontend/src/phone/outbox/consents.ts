/** Tells the server what the person agreed to; each call may be repeated, and what fails stays in line. */
import { putConsent, putWithdrawal } from '@/shared/api/consents'
import { asProblem } from '@/shared/api/problem'
import type { Consent } from '../store/consent'
import { noteTold, untold } from '../store/consent'

async function tell(consent: Consent): Promise<void> {
  const { id, version, given_at, position, language, withdrawn_at } = consent
  await putConsent(id, { version, given_at, position, language })
  if (withdrawn_at) await putWithdrawal(id, withdrawn_at)
  await noteTold(consent)
}

/** Tells everything that is in line, until the network or the sign-in fails; the next start or return of the network goes on. */
export async function tellConsents(): Promise<void> {
  for (const consent of await untold()) {
    try {
      await tell(consent)
    } catch (error) {
      if (asProblem(error).remedy === 'retry' || asProblem(error).status === 401) return
    }
  }
}

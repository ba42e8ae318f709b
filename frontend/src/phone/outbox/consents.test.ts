/** Consent on the phone: asked once, kept offline, never for another text, taken back at any time. */
import { createHash } from 'node:crypto'
import { beforeEach, expect, test, vi } from 'vitest'
import { putConsent, putWithdrawal } from '@/shared/api/consents'
import { Problem } from '@/shared/api/problem'
import en from '../i18n/en.json'
import zh from '../i18n/zh-CN.json'
import { CONSENT_VERSION, consent, giveConsent, loadConsent, mayCapture, sharesPosition, untold, withdrawConsent } from '../store/consent'
import { database, openDatabase } from '../store/database'
import { tellConsents } from './consents'

vi.mock('@/shared/api/consents', () => ({ putConsent: vi.fn(), putWithdrawal: vi.fn() }))

let person = 0

beforeEach(async () => {
  vi.mocked(putConsent).mockReset()
  vi.mocked(putWithdrawal).mockReset()
  openDatabase(`consent-${(person += 1)}`)
  await loadConsent()
})

test('before consent nothing may be captured', () => {
  expect(mayCapture()).toBe(false)
  expect(sharesPosition()).toBe(false)
})

test('the position is a choice of its own, and outlives a restart', async () => {
  await giveConsent(false, 'en')
  consent.value = null
  await loadConsent()
  expect([mayCapture(), sharesPosition()]).toEqual([true, false])
  expect(consent.value).toMatchObject({ version: CONSENT_VERSION, position: false, language: 'en', withdrawn_at: null })
})

test('another choice of position is another consent, and ends the first', async () => {
  await giveConsent(true, 'en')
  await giveConsent(false, 'en')
  const [first, second] = await untold()
  expect(first).toMatchObject({ position: true, withdrawn_at: expect.any(String) })
  expect(second).toMatchObject({ position: false, withdrawn_at: null })
  expect(second?.id).not.toBe(first?.id)
})

test('after a withdrawal captures ask again', async () => {
  await giveConsent(true, 'en')
  await withdrawConsent()
  expect([mayCapture(), sharesPosition()]).toEqual([false, false])
  await giveConsent(true, 'en')
  expect(mayCapture()).toBe(true)
})

test('consent to an earlier text does not count', async () => {
  await giveConsent(true, 'en')
  await database().settings.put({ key: 'consent', value: { ...consent.value, version: '2020-01' } })
  await loadConsent()
  expect(mayCapture()).toBe(false)
})

test('the consent of one person is not that of the next on the same phone', async () => {
  await giveConsent(true, 'en')
  openDatabase(`consent-${(person += 1)}`)
  await loadConsent()
  expect(mayCapture()).toBe(false)
})

test('without network it waits in line, and is told in order later', async () => {
  vi.mocked(putConsent).mockRejectedValueOnce(new Problem(0, { code: 'offline' }))
  await giveConsent(true, 'en')
  await withdrawConsent()
  await tellConsents()
  expect(await untold()).toHaveLength(1)
  await tellConsents()
  expect(putConsent).toHaveBeenLastCalledWith(consent.value?.id, expect.objectContaining({ version: CONSENT_VERSION, position: true }))
  expect(putWithdrawal).toHaveBeenCalledWith(consent.value?.id, consent.value?.withdrawn_at)
  expect(await untold()).toEqual([])
})

test('a withdrawal that comes while the consent is told stays in line', async () => {
  await giveConsent(true, 'en')
  vi.mocked(putConsent).mockImplementationOnce(() => withdrawConsent())
  await tellConsents()
  expect(await untold()).toMatchObject([{ withdrawn_at: expect.any(String) }])
})

test('a changed text is a new version', () => {
  const digest = createHash('sha256').update(JSON.stringify([zh.consent.text, en.consent.text])).digest('hex').slice(0, 16)
  expect({ [CONSENT_VERSION]: digest }).toEqual({ '2026-11': '2c34e570d9a6b16a' })
})

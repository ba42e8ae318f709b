/** What stands in the way of an item, as a sentence. */
import { has, t } from '@/shared/i18n'
import type { Fault } from '../../domain/judging'

const NUMBERS = ['need', 'have']

const missingCount = ({ need, have }: Fault['params']): number => Number(need ?? 1) - Number(have ?? 0)

const kindsText = (kinds: unknown): string => (Array.isArray(kinds) ? kinds.map((kind) => t(`kind.${kind}`)).join(t('fault.or')) : '')

/** One fault in words; one that this app does not know yet is shown as simply incomplete. */
export function faultText({ code, params }: Fault): string {
  const key = has(`fault.${code}`) ? `fault.${code}` : 'fault.other'
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, params[name] ?? 0]))
  const n = missingCount(params)
  return t(key, { ...params, ...numbers, n, kinds: kindsText(params.kinds) }, n)
}

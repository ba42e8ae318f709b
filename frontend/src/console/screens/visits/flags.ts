/** What was noticed about a visit, in words; a flag this version does not know is shown by its own name. */
import { has, t } from '@/shared/i18n'

const codeOf = (flag: unknown): string => {
  if (typeof flag === 'string') return flag
  const { code, flag: name } = (flag ?? {}) as { code?: string; flag?: string }
  return code ?? name ?? ''
}

export const flagText = (flag: unknown): string => {
  const key = `flags.${codeOf(flag)}`
  return has(key) ? t(key) : codeOf(flag).replaceAll('_', ' ')
}

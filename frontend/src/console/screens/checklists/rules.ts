/** A checkpoint's rules as short sentences: when it passes, which proof it needs. */
import { inLocale, t } from '@/shared/i18n'
import type { AnswerRule, Checkpoint, PassWhen } from '@/shared/api/types'

const limit = (when: PassWhen, unit: string): string => {
  if (when.op === 'between') return t('checklists.between', { min: when.min, max: when.max, unit })
  return t(`checklists.${when.op}`, { value: when.value, unit })
}

const choices = (rule: Extract<AnswerRule, { type: 'single_choice' }>): string =>
  rule.options.map((option) => `${inLocale(option.label)} = ${t(`result.${option.outcome}`)}`).join(', ')

/** When the answer passes. */
export function answerRule({ answer }: Checkpoint): string {
  if (answer.type === 'number') return limit(answer.pass_when, t(`unit.${answer.unit}`))
  return answer.type === 'single_choice' ? choices(answer) : t('checklists.passFail')
}

/** Which proof it asks for; several are joined by "and" or "or". */
export function evidenceRule({ evidence, evidence_mode }: Checkpoint): string {
  const parts = evidence.map((rule) => {
    const need = rule.required === true ? '' : rule.required === 'on_fail' ? t('checklists.onFail') : t('checklists.optional')
    return `${t(`kind.${rule.kind}`)} ${rule.min > 1 ? `×${rule.min}` : ''} ${need}`.trim()
  })
  return parts.join(evidence_mode === 'any' ? ` ${t('checklists.or')} ` : ' + ')
}

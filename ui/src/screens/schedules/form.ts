// The form of a scheduled execution: exactly the choices of FK-33 … FK-38.
import type { TFunction } from 'i18next'
import type { ScheduleIn, ScheduleOut } from '../../client/types.gen'

export interface Form {
  enabled: boolean
  direction: 'to_left' | 'to_right'
  frequency: 'monthly' | 'weekly' | 'daily'
  day: string
  missing_day: 'last' | 'skip'
  weekday: string
}

export const KINDS = ['partner', 'tag', 'segment'] as const
export type ScheduleKind = (typeof KINDS)[number]
export const isKind = (kind: string | undefined): kind is ScheduleKind => (KINDS as readonly (string | undefined)[]).includes(kind)

export const DAYS = [...Array.from({ length: 31 }, (_, i) => String(i + 1)), 'last']
export const WEEKDAYS = ['0', '1', '2', '3', '4', '5', '6']

export function fromApi(s: ScheduleOut): Form {
  return {
    enabled: s.enabled,
    direction: s.direction as Form['direction'],
    frequency: s.frequency as Form['frequency'],
    day: String(s.day),
    missing_day: s.missing_day as Form['missing_day'],
    weekday: String(s.weekday),
  }
}

/** Only what the frequency needs is sent; the rest keeps its stored value. */
export function toApi(form: Form, version: number): ScheduleIn {
  const body: ScheduleIn = { enabled: form.enabled, direction: form.direction, frequency: form.frequency, version }
  if (form.frequency === 'monthly') {
    body.day = form.day === 'last' ? 'last' : Number(form.day)
    body.missing_day = form.missing_day
  }
  if (form.frequency === 'weekly') body.weekday = Number(form.weekday)
  return body
}

export const same = (a: Form, b: Form): boolean => JSON.stringify(toApi(a, 0)) === JSON.stringify(toApi(b, 0))

/** Whether some month lacks the chosen day, so that the rule for missing days matters. */
export const mayMiss = (day: string): boolean => day !== 'last' && Number(day) > 28

interface When {
  frequency: string
  day: number | string
  weekday: number | string
}

export function frequencyText(t: TFunction, s: When): string {
  if (s.frequency === 'daily') return t('schedules.daily')
  if (s.frequency === 'weekly') return t('schedules.weekly_on', { day: t(`weekday.${String(s.weekday) as '0'}`) })
  return s.day === 'last' ? t('schedules.monthly_last') : t('schedules.monthly_on', { day: s.day })
}

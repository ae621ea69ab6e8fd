// The form of a scheduled execution: exactly the choices of FK-33 … FK-38.
import type { TFunction } from 'i18next'
import type { ScheduleIn, ScheduleOut } from '../../client/types.gen'

export interface When {
  frequency: 'monthly' | 'weekly' | 'daily'
  day: string
  missing_day: 'last' | 'skip'
  weekday: string
}

export interface Form extends When {
  enabled: boolean
  direction: 'to_left' | 'to_right'
}

export const DAILY: When = { frequency: 'daily', day: '1', missing_day: 'last', weekday: '0' }

export const KINDS = ['partner', 'tag', 'segment'] as const
export type ScheduleKind = (typeof KINDS)[number]
export const isKind = (kind: string | undefined): kind is ScheduleKind => (KINDS as readonly (string | undefined)[]).includes(kind)

export const DAYS = [...Array.from({ length: 31 }, (_, i) => String(i + 1)), 'last']
export const WEEKDAYS = ['0', '1', '2', '3', '4', '5', '6']

export function whenOf(s: Pick<ScheduleOut, 'frequency' | 'day' | 'missing_day' | 'weekday'>): When {
  return { frequency: s.frequency as When['frequency'], day: String(s.day), missing_day: s.missing_day as When['missing_day'], weekday: String(s.weekday) }
}

export function fromApi(s: ScheduleOut): Form {
  return { enabled: s.enabled, direction: s.direction as Form['direction'], ...whenOf(s) }
}

/** Only what the frequency needs is sent; the rest keeps its stored value. */
export function timed({ frequency, day, missing_day, weekday }: When): Pick<ScheduleIn, 'frequency' | 'day' | 'missing_day' | 'weekday'> {
  if (frequency === 'monthly') return { frequency, day: day === 'last' ? 'last' : Number(day), missing_day }
  return frequency === 'weekly' ? { frequency, weekday: Number(weekday) } : { frequency }
}

export function toApi(form: Form, version: number): ScheduleIn {
  return { enabled: form.enabled, direction: form.direction, ...timed(form), version }
}

export const same = (a: Form, b: Form): boolean => JSON.stringify(toApi(a, 0)) === JSON.stringify(toApi(b, 0))

/** Whether some month lacks the chosen day, so that the rule for missing days matters. */
export const mayMiss = (day: string): boolean => day !== 'last' && Number(day) > 28

export function frequencyText(t: TFunction, s: { frequency: string; day: number | string; weekday: number | string }): string {
  if (s.frequency === 'daily') return t('schedules.daily')
  if (s.frequency === 'weekly') return t('schedules.weekly_on', { day: t(`weekday.${String(s.weekday) as '0'}`) })
  return s.day === 'last' ? t('schedules.monthly_last') : t('schedules.monthly_on', { day: s.day })
}

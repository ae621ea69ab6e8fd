import i18n from 'i18next'
import { expect, test } from 'vitest'
import type { ScheduleOut } from '../src/client/types.gen'
import { DAYS, frequencyText, fromApi, isKind, mayMiss, same, toApi, WEEKDAYS } from '../src/screens/schedules/form'

const schedule = { enabled: false, direction: 'to_left', frequency: 'daily', day: 'last', missing_day: 'last', weekday: 0, version: 7 } as ScheduleOut

test('exactly the choices of the requirement', () => {
  expect(DAYS).toHaveLength(32)
  expect([DAYS[0], DAYS[30], DAYS[31]]).toEqual(['1', '31', 'last'])
  expect(WEEKDAYS.map((d) => i18n.t(`weekday.${d as '0'}`)).join('')).toBe('月曜日火曜日水曜日木曜日金曜日土曜日日曜日')
  expect(['partner', 'tag', 'segment', 'item', undefined].map(isKind)).toEqual([true, true, true, false, false])
})

test('only what the frequency needs is sent, with the version read', () => {
  const form = fromApi(schedule)
  expect(toApi(form, 7)).toEqual({ enabled: false, direction: 'to_left', frequency: 'daily', version: 7 })
  expect(toApi({ ...form, frequency: 'monthly', day: '31', missing_day: 'skip' }, 7)).toMatchObject({ day: 31, missing_day: 'skip' })
  expect(toApi({ ...form, frequency: 'monthly' }, 7)).toMatchObject({ day: 'last' })
  expect(toApi({ ...form, frequency: 'weekly', weekday: '6' }, 7)).toMatchObject({ weekday: 6 })
})

test('a difference that would not be sent is no edit', () => {
  const form = fromApi(schedule)
  expect(same(form, { ...form, weekday: '3' })).toBe(true)
  expect(same(form, { ...form, enabled: true })).toBe(false)
})

test('only days some month lacks ask for the rule', () => {
  expect(['28', '29', '31', 'last'].map(mayMiss)).toEqual([false, true, true, false])
})

test('the frequency reads as a sentence', () => {
  expect(frequencyText(i18n.t, { frequency: 'monthly', day: 1, weekday: 0 })).toBe('月1回(毎月 1 日)')
  expect(frequencyText(i18n.t, { frequency: 'weekly', day: 1, weekday: 0 })).toBe('週1回(月曜日)')
})

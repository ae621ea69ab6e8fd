import i18n from 'i18next'
import { afterEach, expect, test } from 'vitest'
import { bytes, count, day, dayStart, duration, minute, planned, second, secondOf, setZone, share, value } from '../src/format'

afterEach(() => {
  setZone('Asia/Tokyo')
  void i18n.changeLanguage('ja')
})

test('instants are shown in the workspace time zone, zero-padded', () => {
  expect(minute('2026-11-20T18:03:22Z')).toBe('2026/11/21 03:03')
  expect(second('2026-11-20T15:00:05Z')).toBe('2026/11/21 00:00:05')
  setZone('America/New_York')
  expect(minute('2026-11-20T18:03:22Z')).toBe('2026/11/20 13:03')
})

test('calendar days have no zone', () => {
  setZone('America/New_York')
  expect(day('2026-11-21')).toBe('2026/11/21')
})

test('an unknown zone falls back to UTC', () => {
  setZone('Mars/Olympus')
  expect(minute('2026-11-20T18:03:22Z')).toBe('2026/11/20 18:03')
})

test('a planned run names its weekday in the language', () => {
  expect(planned('2026-11-21T17:12:00Z')).toBe('2026/11/22(日) 02:12')
  void i18n.changeLanguage('en')
  expect(planned('2026-11-21T17:12:00Z')).toBe('Sun 2026/11/22 02:12')
})

test('missing values are a dash', () => {
  expect([minute(null), day(undefined), count(null), bytes(null)]).toEqual(['–', '–', '–', '–'])
})

test('numbers, shares, sizes, durations', () => {
  expect(count(1234567)).toBe('1,234,567')
  expect(share('0.834')).toBe('83%')
  expect(bytes(48300000)).toBe('46.1 MB')
  expect(duration(3725)).toBe('1時間2分')
  expect(duration(59)).toBe('59秒')
})

test('a day filter spans the whole day of the workspace, daylight saving included', () => {
  expect(dayStart('2026-11-21')).toBe('2026-11-20T15:00:00.000Z')
  expect(dayStart('2026-11-21', true)).toBe('2026-11-21T14:59:59.000Z')
  setZone('America/New_York')
  expect(dayStart('2026-03-08')).toBe('2026-03-08T05:00:00.000Z')
  expect(dayStart('2026-03-08', true)).toBe('2026-03-09T03:59:59.000Z')
})

test('field values read well', () => {
  expect(value(null)).toBe('')
  expect(value(true)).toBe('はい')
  expect(value(['a', 'b'])).toBe('a、b')
  expect(value('2026-04-01')).toBe('2026/04/01')
  expect(value({ id: '5', label: '青葉商事' })).toBe('青葉商事')
  expect(value('12', [{ value: '12', label: '東京都' }])).toBe('東京都')
  expect(value('0120')).toBe('0120')
})

test('an instant of the same day needs no date', () => {
  expect(secondOf('2026-11-21T05:51:16Z', '2026-11-21T05:00:00Z')).toBe('14:51:16')
  expect(secondOf('2026-11-21T15:00:01Z', '2026-11-21T05:00:00Z')).toBe('2026/11/22 00:00:01')
  expect(secondOf(null, '2026-11-21T05:00:00Z')).toBe('–')
})

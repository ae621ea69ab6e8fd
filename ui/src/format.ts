// The one place where dates and numbers become text (lint rule of the house: no toLocale… elsewhere).
import i18n from 'i18next'

let zone = 'Asia/Tokyo'

/** Times are shown in the workspace's time zone, whatever the browser's is. */
export function setZone(name: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    zone = name
  } catch {
    zone = 'UTC'
  }
}

export const currentZone = (): string => zone

export type Instant = string | null | undefined

function parts(value: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  return Object.fromEntries(format.formatToParts(new Date(value)).map((p) => [p.type, p.value]))
}

const missing = '–'

/** 2026/11/21 */
export function day(value: Instant): string {
  if (!value) return missing
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return value.replaceAll('-', '/')
  const p = parts(value)
  return `${p.year}/${p.month}/${p.day}`
}

/** 2026/11/21 03:38 */
export function minute(value: Instant): string {
  if (!value) return missing
  const p = parts(value)
  return `${p.year}/${p.month}/${p.day} ${p.hour}:${p.minute}`
}

/** 2026/11/21 03:38:22 */
export function second(value: Instant): string {
  if (!value) return missing
  const p = parts(value)
  return `${p.year}/${p.month}/${p.day} ${p.hour}:${p.minute}:${p.second}`
}

/** 03:38:22 on the day of the other instant, else with its date. */
export function secondOf(value: Instant, other: Instant): string {
  return value && day(value) === day(other) ? second(value).slice(11) : second(value)
}

/** 2026/11/21(土) 03:38 */
export function planned(value: Instant): string {
  if (!value) return missing
  const weekday = new Intl.DateTimeFormat(i18n.language === 'ja' ? 'ja' : 'en', { timeZone: zone, weekday: 'short' })
  const [date, time] = minute(value).split(' ')
  const name = weekday.format(new Date(value))
  return i18n.language === 'ja' ? `${date}(${name}) ${time}` : `${name} ${date} ${time}`
}

/** 12,345 */
export function count(value: number | null | undefined): string {
  return value == null ? missing : new Intl.NumberFormat('en-US').format(value)
}

/** 1,234,567.50 from an exact decimal text; the digits stay as they are. */
export function decimal(text: string): string {
  const [, sign = '', whole = '', rest = ''] = /^(-?)(\d+)(\.\d+)?$/.exec(text) ?? []
  if (!whole) return text
  return `${sign && '−'}${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}${rest}`
}

/** 80 % from 0.8 or "0.8" */
export function share(value: number | string): string {
  return `${Math.round(Number(value) * 100)}%`
}

/** How long something took or has waited, two units at most. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  const ja = i18n.language === 'ja'
  const unit = ja ? ['時間', '分', '秒'] : ['h', 'min', 's']
  const gap = ja ? '' : ' '
  const h = Math.floor(s / 3600)
  const m = Math.floor((s % 3600) / 60)
  const bits: [number, string][] = h ? [[h, unit[0]!], [m, unit[1]!]] : m ? [[m, unit[1]!], [s % 60, unit[2]!]] : [[s, unit[2]!]]
  return bits.map(([n, u]) => `${n}${gap}${u}`).join(gap)
}

/** Seconds between two instants; the second defaults to now. */
export function between(from: string, to?: Instant): number {
  return (new Date(to ?? Date.now()).getTime() - new Date(from).getTime()) / 1000
}

/** 1.2 MB */
export function bytes(value: number | null | undefined): string {
  if (value == null) return missing
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let n = value
  let i = 0
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024
    i += 1
  }
  return `${i === 0 ? n : n.toFixed(1)} ${units[i]}`
}

/** A field's value as the API sends it, for reading: empty, yes/no, lists, instants, choices with labels. */
export function value(v: unknown, labels?: { value: string; label: string }[]): string {
  if (v === null || v === undefined || v === '') return ''
  if (typeof v === 'boolean') return i18n.t(v ? 'common.yes' : 'common.no')
  if (typeof v === 'number') return count(v)
  if (Array.isArray(v)) return v.map((x) => value(x, labels)).join(i18n.language === 'ja' ? '、' : ', ')
  if (typeof v === 'object') {
    const o = v as Record<string, unknown>
    if ('label' in o || 'id' in o) return String(o.label ?? o.id ?? '')
    return Object.entries(o).map(([k, x]) => `${k}: ${value(x)}`).join(' / ')
  }
  const text = String(v)
  const choice = labels?.find((c) => c.value === text)
  if (choice) return choice.label
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) return second(text)
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return day(text)
  return text
}

/** The instant at which a calendar day begins in the workspace's time zone; the end of it with `end`. */
export function dayStart(date: string, end = false): string {
  const [y, m, d] = date.split('-').map(Number) as [number, number, number]
  const wall = Date.UTC(y, m - 1, d + (end ? 1 : 0)) - (end ? 1000 : 0)
  const offset = (at: number): number => {
    const p = parts(new Date(at).toISOString())
    return Date.UTC(Number(p.year), Number(p.month) - 1, Number(p.day), Number(p.hour), Number(p.minute), Number(p.second)) - at
  }
  // The second look settles days on which the clocks change.
  const guess = wall - offset(wall)
  return new Date(wall - offset(guess)).toISOString()
}

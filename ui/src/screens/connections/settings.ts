// The connection form's logic: which inputs a way of signing in needs, what is missing, what is sent.
import type { ServiceRow, SettingRow } from '../../client/types.gen'

export interface AppToken {
  id: string
  token: string
  guest_space?: string
}

export type Values = Record<string, string | AppToken[]>

export const forAuth = (settings: SettingRow[], auth: string): SettingRow[] => settings.filter((s) => !s.auth || s.auth.split(' ').includes(auth))

/** Inputs that may be left alone are folded away. */
export const isAdvanced = (s: SettingRow): boolean => !s.required

/** What the demo installation knows about a service: ways of signing in and settings to fill in. */
export function demoOf(demo: Record<string, unknown> | null | undefined, service: string): { auth?: string; name?: string; settings: Record<string, unknown> } {
  const found = demo?.[service] ?? (demo?.services as Record<string, unknown> | undefined)?.[service]
  if (!found || typeof found !== 'object') return { settings: {} }
  const { auth, name, settings, ...rest } = found as Record<string, unknown>
  return {
    auth: typeof auth === 'string' ? auth : undefined,
    name: typeof name === 'string' ? name : undefined,
    settings: settings && typeof settings === 'object' ? (settings as Record<string, unknown>) : rest,
  }
}

export function startValues(service: ServiceRow, known: Record<string, unknown>): Values {
  const values: Values = {}
  for (const s of service.settings) {
    const value = known[s.name]
    if (s.kind === 'apps') values[s.name] = Array.isArray(value) ? value.map(asToken) : []
    else values[s.name] = value === undefined || value === null ? (s.default ?? '') : String(value)
  }
  return values
}

function asToken(value: unknown): AppToken {
  const v = (value ?? {}) as Record<string, unknown>
  const token: AppToken = { id: String(v.id ?? ''), token: String(v.token ?? '') }
  if (v.guest_space) token.guest_space = String(v.guest_space)
  return token
}

export type Fault = 'required' | 'pattern' | 'url'

/** Faults by setting name. Secrets that are stored already may stay empty. */
export function check(settings: SettingRow[], values: Values, stored: readonly string[] = []): Record<string, Fault> {
  const faults: Record<string, Fault> = {}
  for (const s of settings) {
    const value = values[s.name]
    if (Array.isArray(value)) {
      const whole = value.filter((a) => a.id && (a.token || stored.includes(s.name)))
      if ((s.required && !whole.length && !stored.includes(s.name)) || value.some((a) => !a.id)) faults[s.name] = 'required'
      continue
    }
    const text = (value ?? '').trim()
    if (!text) {
      if (s.required && !stored.includes(s.name)) faults[s.name] = 'required'
    } else if (s.kind === 'url' && !/^https?:\/\/\S+$/.test(text)) faults[s.name] = 'url'
    else if (s.pattern && !new RegExp(`^(?:${s.pattern})$`, 'u').test(text)) faults[s.name] = 'pattern'
  }
  return faults
}

/** What goes to the API: trimmed, without inputs left empty (a secret left empty keeps its value). An open input that was
 * filled in `before` and is empty now goes as '' – that takes the value away. */
export function outgoing(settings: SettingRow[], values: Values, before: Values = {}): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const s of settings) {
    const value = values[s.name]
    if (Array.isArray(value)) {
      if (value.length) out[s.name] = value.map((a) => ({ ...a, id: a.id.trim(), token: a.token.trim() }))
    } else if ((value ?? '').trim()) out[s.name] = (value ?? '').trim()
    else if (!s.secret && before[s.name]) out[s.name] = ''
  }
  return out
}

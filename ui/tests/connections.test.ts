import { expect, test } from 'vitest'
import type { ServiceRow, SettingRow } from '../src/client/types.gen'
import { check, demoOf, forAuth, outgoing, startValues } from '../src/screens/connections/settings'

const setting = (name: string, more: Partial<SettingRow> = {}): SettingRow => ({
  name, ja: name, en: name, required: true, secret: false, default: null, pattern: null, help_ja: '', help_en: '', kind: 'text', choices: [], auth: null, ...more,
})
const service = (...settings: SettingRow[]): ServiceRow => ({ service: 'kintone', role: 'crm', ja: 'kintone', en: 'kintone', auth: ['api_token', 'oauth'], settings, oauth: true, redirect_uri: '', docs: '', objects: [], limits: [] })

test('inputs belong to a way of signing in', () => {
  expect(forAuth([setting('domain'), setting('apps', { auth: 'api_token' }), setting('client_id', { auth: 'oauth' })], 'oauth').map((s) => s.name)).toEqual(['domain', 'client_id'])
})

test('required, pattern and address are checked; a stored secret may stay empty', () => {
  const settings = [setting('domain', { pattern: '[a-z.]+' }), setting('secret', { secret: true }), setting('base_url', { kind: 'url', required: false })]
  expect(check(settings, { domain: ' ', secret: '', base_url: '' })).toEqual({ domain: 'required', secret: 'required' })
  expect(check(settings, { domain: 'A B', secret: '', base_url: 'ftp://x' }, ['secret'])).toEqual({ domain: 'pattern', base_url: 'url' })
  expect(check(settings, { domain: 'example.com', secret: 's', base_url: 'http://127.0.0.1:1' })).toEqual({})
})

test('apps need an id and a token each', () => {
  const settings = [setting('apps', { kind: 'apps' })]
  expect(check(settings, { apps: [] })).toEqual({ apps: 'required' })
  expect(check(settings, { apps: [{ id: '', token: 't' }] })).toEqual({ apps: 'required' })
  expect(check(settings, { apps: [{ id: '1', token: 't' }] })).toEqual({})
})

test('what is sent is trimmed, and empty inputs are left out', () => {
  expect(outgoing([setting('a'), setting('b'), setting('apps', { kind: 'apps' })], { a: ' x ', b: '', apps: [{ id: ' 1', token: 't ' }] })).toEqual({ a: 'x', apps: [{ id: '1', token: 't' }] })
})

test('an open input that is emptied is sent as empty, a secret is not', () => {
  const settings = [setting('company_id'), setting('plan'), setting('client_secret', { secret: true })]
  expect(outgoing(settings, { company_id: '', plan: '', client_secret: '' }, { company_id: '42', plan: '', client_secret: 'x' })).toEqual({ company_id: '' })
})

test('the demo fills the form in', () => {
  const demo = demoOf({ kintone: { auth: 'api_token', domain: 'demo', apps: [{ id: 11, token: 't' }] } }, 'kintone')
  expect(demo.auth).toBe('api_token')
  expect(startValues(service(setting('domain'), setting('apps', { kind: 'apps' }), setting('course', { default: 'standard' })), demo.settings)).toEqual({
    domain: 'demo', apps: [{ id: '11', token: 't' }], course: 'standard',
  })
  expect(demoOf(null, 'kintone').settings).toEqual({})
})

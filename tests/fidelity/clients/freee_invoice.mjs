// freee's own public client, its MCP server (npm: freee-mcp), against an imitation of freee請求書 and freee会計.
//
//     node freee_invoice.mjs BASE_URL
//
// requires: freee-mcp@0.35.2
//
// The server runs as a program of its own and is spoken to over its standard streams, as an assistant would. Its addresses of the
// API are fixed, so fetch is led to the imitation; everything else (consent, PKCE, tokens, its checks of paths against freee's own
// OpenAPI files) is the client's own.
//
// Prints one JSON object: service, client, version, steps, deviations.
import { spawn } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

const base = process.argv[2].replace(/\/$/, '')
const manifest = createRequire(import.meta.url).resolve('freee-mcp/package.json')
const { version } = createRequire(import.meta.url)('freee-mcp/package.json')
const home = mkdtempSync(join(tmpdir(), 'freee-'))
const port = await new Promise((found) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => found(port))
  })
})
const settings = {
  clientId: 'choai-demo-client', clientSecret: 'choai-demo-secret', callbackPort: port,
  defaultCompanyId: '1070001', currentCompanyId: '1070001',
  companies: { 1070001: { id: '1070001', name: '株式会社帳合商会', addedAt: 0 } },
}
mkdirSync(join(home, 'freee-mcp'), { mode: 0o700 })
writeFileSync(join(home, 'freee-mcp', 'config.json'), JSON.stringify(settings), { mode: 0o600 })
const led = `const real = globalThis.fetch
globalThis.fetch = (url, options) => real(String(url).replace(/^https:\\/\\/(api|accounts\\.secure)\\.freee\\.co\\.jp/, '${base}'), options)`
const env = {
  PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, FREEE_CALLBACK_PORT: String(port),
  FREEE_AUTHORIZATION_ENDPOINT: `${base}/public_api/authorize`, FREEE_TOKEN_ENDPOINT: `${base}/public_api/token`,
  FREEE_API_BASE_URL: base,
}
const preload = `data:text/javascript,${encodeURIComponent(led)}`
const server = spawn(process.execPath, ['--import', preload, join(dirname(manifest), 'bin', 'freee-mcp.js')],
  { env, stdio: ['pipe', 'pipe', process.env.DEBUG ? 'inherit' : 'ignore'] })
process.on('exit', () => {
  server.kill()
  rmSync(home, { recursive: true, force: true })
})

// ---------------------------------------------------------------- JSON-RPC over its streams

let last = 0
const waiting = new Map()
createInterface({ input: server.stdout }).on('line', (line) => {
  const told = JSON.parse(line)
  waiting.get(told.id)?.(told)
})
function ask(method, params) {
  const id = ++last
  server.stdin.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\n')
  return new Promise((done, lost) => {
    setTimeout(() => lost(new Error(`no answer to ${method}`)), 20000).unref()
    waiting.set(id, done)
  })
}
async function use(name, args = {}) {
  const { result, error } = await ask('tools/call', { name, arguments: args })
  if (error) throw new Error(error.message)
  return result.content.map((part) => part.text ?? '').join('\n')
}
function data(text) {
  const begin = text.search(/[{[]/)
  return JSON.parse(text.slice(begin, Math.max(text.lastIndexOf('}'), text.lastIndexOf(']')) + 1))
}
const api = (method, path, more = {}) => use(`freee_api_${method}`, { service: 'invoice', path, ...more })

const steps = [], deviations = []
async function step(name, act, holds = Boolean) {
  try {
    const got = await act()
    if (holds(got)) steps.push(name)
    else deviations.push(`${name}: ${JSON.stringify(got)?.slice(0, 300)}`)
    return got
  } catch (wrong) {
    deviations.push(`${name}: ${wrong}`.slice(0, 300))
  }
}

await ask('initialize', { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'choai', version: '1' } })
server.stdin.write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }) + '\n')
if (process.env.DEBUG) {
  for (const tool of (await ask('tools/list', {})).result.tools) console.error(tool.name, JSON.stringify(tool.inputSchema).slice(0, 600))
}

await step('sign in', async () => {
  const told = await use('freee_authenticate')
  const asked = new URL(told.match(/https?:\/\/[^\s)"'<>]*authorize[^\s)"'<>]*/)[0]).searchParams
  const form = Object.fromEntries(asked)
  const page = await (await fetch(`${base}/public_api/authorize?${asked}`)).text()
  for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)) form[name] ??= value
  const body = new URLSearchParams({ ...form, user: '501', company: '1070001', action: 'allow', decision: 'allow' })
  const back = await fetch(`${base}/public_api/authorize`, { method: 'POST', body, redirect: 'manual' })
  const reached = await fetch(back.headers.get('location'))
  return [reached.status, await use('freee_auth_status')]
}, ([status, told]) => status === 200 && /認証|有効|valid/.test(told))

const own = { company_id: 1070001 }
const seen = new Set()
for (const kind of ['invoices', 'quotations', 'delivery_slips']) {
  await step(`list ${kind} with paging`, async () => {
    for (let offset = 0, got = 5; got === 5; offset += 5) {
      const page = data(await api('get', `/${kind}`, { query: { ...own, limit: 5, offset } }))[kind]
      page.forEach((row) => seen.add(row.id))
      got = page.length
    }
    return seen.size
  }, (size) => size >= 11)
}
await step('templates', async () => data(await api('get', '/invoices/templates', { query: own })).templates, (all) => all.length > 1)
const body = {
  ...own, partner_id: 61000001, partner_title: '御中', billing_date: '2026-06-30', payment_date: '2026-07-31', subject: '6月分ご請求',
  tax_entry_method: 'out', tax_fraction: 'omit', withholding_tax_entry_method: 'out',
  lines: [{ type: 'item', description: '導入支援', quantity: 2, unit: '式', unit_price: '50000', tax_rate: 10 }],
}
const made = await step('create', async () => data(await api('post', '/invoices', { body })).invoice,
  (row) => row.total_amount === 110000 && row.sending_status === 'unsent' && row.deal_id === null)
await step('read one', async () => data(await api('get', `/invoices/${made.id}`, { query: own })).invoice,
  (row) => row.id === made.id && !('account_item_id' in row.lines[0]))
await step('update', async () => data(await api('put', `/invoices/${made.id}`, { body: { ...body, subject: '訂正' } })).invoice,
  (row) => row.subject === '訂正' && row.id === made.id)
for (const [move, status] of [['cancel', 'canceled'], ['uncancel', 'uncanceled']]) {
  await step(move, async () => data(await api('put', `/invoices/${made.id}/${move}`, { body: own })).invoice, (row) => row.cancel_status === status)
}
for (const [name, act, status] of [
  ['error: unknown partner', () => api('post', '/invoices', { body: { ...body, partner_id: 1 } }), '400'],
  ['error: a number with automatic numbering', () => api('post', '/invoices', { body: { ...body, invoice_number: 'X' } }), '400'],
  ['error: no such document', () => api('get', '/invoices/1', { query: own }), '404'],
]) {
  await step(name, () => act().catch((told) => String(told)), (told) => told.includes(status))
}
console.log(JSON.stringify({ service: 'freee_invoice', client: 'freee-mcp', version, steps, deviations }))
process.exit(0)

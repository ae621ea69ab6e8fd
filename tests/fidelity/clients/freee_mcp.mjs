// freee's own public client, its MCP server (npm: freee-mcp), started for one of freee's services.
//
// The server runs as a program of its own and is spoken to over its standard streams, as an assistant would. It is told the imitation's
// address by its own settings; consent, PKCE, tokens and the checks of paths against freee's own OpenAPI files are the client's own.
import { spawn } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { base, consent, real } from './steps.mjs'

export const company = 1070001
const manifest = createRequire(import.meta.url).resolve('freee-mcp/package.json')
const home = mkdtempSync(join(tmpdir(), 'freee-'))
const port = await new Promise((found) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => found(port))
  })
})
const settings = {
  clientId: 'choai-demo-client', clientSecret: 'choai-demo-secret', callbackPort: port,
  defaultCompanyId: String(company), currentCompanyId: String(company),
  companies: { [company]: { id: String(company), name: '株式会社帳合商会', addedAt: 0 } },
}
mkdirSync(join(home, 'freee-mcp'), { mode: 0o700 })
writeFileSync(join(home, 'freee-mcp', 'config.json'), JSON.stringify(settings), { mode: 0o600 })
const env = {
  PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, FREEE_CALLBACK_PORT: String(port),
  FREEE_AUTHORIZATION_ENDPOINT: `${base}/public_api/authorize`, FREEE_TOKEN_ENDPOINT: `${base}/public_api/token`,
  FREEE_API_BASE_URL: base, FREEE_API_BASE_URL_ACCOUNTING: base, FREEE_API_BASE_URL_INVOICE: `${base}/iv`,
}
const server = spawn(process.execPath, [join(dirname(manifest), 'bin', 'freee-mcp.js')],
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

// What a tool of the server says; an error when the tool failed.
export async function use(name, args = {}) {
  const { result, error } = await ask('tools/call', { name, arguments: args })
  if (error) throw new Error(error.message)
  const told = result.content.map((part) => part.text ?? '').join('\n')
  if (result.isError) throw new Error(told)
  return told
}

// The JSON within what a tool says.
export function data(text) {
  const begin = text.search(/[{[]/)
  return JSON.parse(text.slice(begin, Math.max(text.lastIndexOf('}'), text.lastIndexOf(']')) + 1))
}

// A call of the API: `api('get', '/invoices', { query })`.
export const caller = (service) => (method, path, more = {}) => use(`freee_api_${method}`, { service, path, ...more })

// A person's consent, from the address the server names to its callback: the callback's status and what the server says of its tokens.
export async function signIn() {
  await ask('initialize', { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'choai', version: '1' } })
  server.stdin.write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }) + '\n')
  const told = await use('freee_authenticate')
  const asked = new URL(told.match(/https?:\/\/[^\s)"'<>]*authorize[^\s)"'<>]*/)[0]).searchParams
  const allowed = { user: '501', company: String(company), action: 'allow', decision: 'allow' }
  const reached = await real(await consent('/public_api/authorize', asked, allowed))
  return [reached.status, await use('freee_auth_status')]
}
export const signedIn = ([status, told]) => status === 200 && /認証|有効|valid/.test(told)

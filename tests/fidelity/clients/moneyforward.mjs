// A public client of Money Forward クラウド請求書 (npm: @tera911/mf-invoice-mcp) against an imitation of it.
//
// requires: @tera911/mf-invoice-mcp@1.0.1
//
// The client's addresses are fixed, so fetch is led to the imitation; everything else is the client's own. Two of its calls do not
// fit the vendor's API: it changes documents by PATCH, which version 3 does not have (tried here as an error), and wraps the
// lines that it adds (left out).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { consent, lead, steps, turn } from './steps.mjs'

const name = '@tera911/mf-invoice-mcp'
const { step, raises, told } = steps('moneyforward', name)
// the client keeps its tokens under the home folder; ids and secrets are the imitation's own
const home = mkdtempSync(join(tmpdir(), 'moneyforward-'))
Object.assign(process.env, { HOME: home, MF_CLIENT_ID: '820000000000001', MF_CLIENT_SECRET: 'choai-demo-secret' })
process.on('exit', () => rmSync(home, { recursive: true, force: true }))
lead(/^https:\/\/(invoice\.moneyforward\.com|api\.biz\.moneyforward\.com)/)
const load = (part) => import(`${name}/dist/${part}.js`)
const { getOAuthManager } = await load('auth/oauth')
const { apiClient } = await load('api/client')
const [partners, items, quotes, billings] = await Promise.all(
  ['partners', 'items', 'quotes', 'billings'].map((name) => load(`api/${name}`)))

const manager = getOAuthManager()
await step('sign in', async () => {
  await turn({ client_auth: 'body' })
  const back = new URL(await consent('/authorize', new URL(manager.getAuthorizationUrl()).searchParams))
  return manager.exchangeCode(back.searchParams.get('code'))
}, (token) => token.expires_in === 3600 && token.refresh_token)
await step('refresh', () => manager.refreshToken(), (token) => Boolean(token.access_token))
const seen = new Set()
await step('list with paging', async () => {
  for (let page = 1, pages = 1; page <= pages; page++) {
    const told = await partners.listPartners({ page, per_page: 50 })
    pages = told.pagination.total_pages
    told.data.forEach((row) => seen.add(row.id))
    if (page === pages) return told.pagination.total_count
  }
}, (total) => total === seen.size && total > 100)
const [id] = seen
const partner = await step('get a partner', () => partners.getPartner(id), (row) => row.departments.length > 0)
const own = await step('list departments', () => partners.listPartnerDepartments(id), (told) => told.data.length > 0)
const list = await step('list items', () => items.listItems({ per_page: 5 }), (told) => told.data.length === 5)
await step('get an item', () => items.getItem(list.data[0].id), (row) => typeof row.price === 'string')
const day = { billing_date: '2026-04-01', due_date: '2026-04-30' }
const lines = [{ name: '開発', price: 50000, quantity: 2, excise: 'ten_percent' }]
const paper = { department_id: own.data[0].id, title: '件名', items: lines }
const made = await step('create a billing', () => billings.createInvoiceTemplateBilling({ ...paper, ...day }),
  (row) => row.total_price === '110000.0' && row.payment_status === '未設定')
await step('get a billing', () => billings.getBilling(made.id), (row) => row.billing_date === '2026/04/01')
await step('update', () => apiClient.put(`/billings/${made.id}`, { title: '新しい件名' }), (row) => row.title === '新しい件名')
await step('payment status', () => apiClient.put(`/billings/${made.id}/payment_status`, { payment_status: '2' }),
  (row) => row.payment_status === '入金済み')
await step('list billings of a partner', () => billings.listBillings({ partner_id: id, per_page: 100 }),
  (told) => told.data.some((row) => row.id === made.id))
const quote = await step('create a quote',
  () => quotes.createQuote({ ...paper, quote_date: '2026-04-01', expired_date: '2026-04-30' }), (row) => row.order_status === 'default')
await step('convert', () => quotes.convertQuoteToBilling(quote.id), (row) => row.items.length === 1 && row.id !== made.id)
await step('list quotes', () => quotes.listQuotes({ partner_id: id }), (told) => told.data.some((row) => row.id === quote.id))
await step('delete', () => apiClient.delete(`/billings/${made.id}`))
await raises('error: unknown department',
  () => billings.createInvoiceTemplateBilling({ ...paper, ...day, department_id: 'nobody' }), '422')
await raises('error: no tax rate',
  () => billings.createInvoiceTemplateBilling({ ...paper, ...day, items: [{ name: '品', price: 1 }] }), '400')
await raises('error: unknown record', () => billings.getBilling(made.id), '404')
await raises('error: version 3 has no PATCH', () => quotes.updateQuote(quote.id, { title: 'x' }), '40')
manager.tokens.refresh_token = 'nonsense'
await raises('error: bad refresh token', () => manager.refreshToken(), 'invalid_grant')
told()

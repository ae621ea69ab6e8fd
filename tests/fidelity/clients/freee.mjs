// freee's MCP server against an imitation of freee会計.
//
// requires: freee-mcp@0.35.2
import { caller, company, data, signedIn, signIn, use } from './freee_mcp.mjs'
import { steps } from './steps.mjs'

const { step, raises, told } = steps('freee', 'freee-mcp')
const api = caller('accounting')
const own = { company_id: company }
const get = async (path, query = {}) => data(await api('get', `/api/1${path}`, { query: { ...own, ...query } }))
const send = async (method, path, body) => data(await api(method, `/api/1${path}`, { body: { ...own, ...body } }))

await step('sign in', signIn, signedIn)
await step('user', () => use('freee_current_user'), (text) => /@/.test(text))
await step('companies', async () => data(await api('get', '/api/1/companies')).companies, (all) => all.some((one) => one.id === company))
for (const [kind, limit] of [['partners', 500], ['deals', 20], ['expense_applications', 5], ['items', 20], ['tags', 20]]) {
  await step(`list ${kind} with paging`, async () => {
    const seen = new Set()
    for (let offset = 0, got = limit; got === limit; offset += limit) {
      const page = (await get(`/${kind}`, { limit, offset }))[kind]
      page.forEach((row) => seen.add(row.id))
      got = page.length
    }
    return seen.size
  }, (size) => size > limit)
}
for (const kind of ['sections', 'account_items', 'walletables']) {
  await step(`list ${kind}`, async () => (await get(`/${kind}`))[kind], (rows) => rows.length > 1)
}
await step('taxes of the company', async () => (await get(`/taxes/companies/${company}`)).taxes, (rows) => rows.some((row) => row.code === 129))

const name = 'クライアント商事'
const made = await step('create a partner', async () => (await send('post', '/partners', { name, email: 'mcp@example.jp' })).partner,
  (row) => row.name === name && row.available === true)
await step('read one', async () => (await get(`/partners/${made.id}`)).partner, (row) => row.email === 'mcp@example.jp')
await step('search', async () => (await get('/partners', { keyword: name })).partners, (rows) => rows.length === 1)
await step('update', async () => (await send('put', `/partners/${made.id}`, { name, long_name: '株式会社クライアント商事' })).partner,
  (row) => row.long_name === '株式会社クライアント商事')
const details = [{ tax_code: 129, account_item_id: 1070001020, amount: 110000, description: '開発' }]
const deal = { issue_date: '2026-04-30', due_date: '2026-05-31', type: 'income', partner_id: made.id, details }
const booked = await step('create a deal', async () => (await send('post', '/deals', deal)).deal,
  (row) => row.amount === 110000 && row.status === 'unsettled' && row.due_amount === 110000)
const payment = { date: '2026-05-31', from_walletable_type: 'bank_account', from_walletable_id: 1070001200, amount: 110000 }
await step('pay it', async () => (await send('post', `/deals/${booked.id}/payments`, payment)).deal, (row) => row.status === 'settled')
await step('deals of the partner', async () => (await get('/deals', { partner_id: made.id })).deals, (rows) => rows.length === 1)
const line = { description: '電車', amount: 220, expense_application_line_template_id: 1070001500 }
const claim = { title: '出張', issue_date: '2026-04-30',
  purchase_lines: [{ transaction_date: '2026-04-28', expense_application_lines: [line] }] }
await step('create an expense application', async () => (await send('post', '/expense_applications', claim)).expense_application,
  (row) => row.total_amount === 220 && row.status === 'draft')
const item = await step('create an item', async () => (await send('post', '/items', { name: '保守サポート' })).item, (row) => row.id > 0)
await step('delete', () => api('delete', `/api/1/items/${item.id}`, { query: own }), (text) => !/error/i.test(text))

await raises('error: taken name', () => send('post', '/partners', { name }), '400')
await raises('error: no account item', () => send('post', '/deals', { ...deal, details: [{ ...details[0], account_item_id: 1 }] }), '400')
await raises('error: a used partner', () => api('delete', `/api/1/partners/${made.id}`, { query: own }), '400')
await raises('error: no such deal', () => get('/deals/1'), '404')
await step('error: a path that its OpenAPI file does not have', () => api('get', '/api/1/customers', { query: own }), (text) => /not found/.test(text))
told()
process.exit(0)

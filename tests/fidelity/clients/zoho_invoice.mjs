// A public client of Zoho's finance products (npm: @trieb.work/zoho-ts) against an imitation of Zoho Invoice.
//
// requires: @trieb.work/zoho-ts@0.8.2
// overrides: {"http": "npm:ms@2.1.3"}
//
// The API's address is a setting of the client; that of the accounts server is not, so calls over https are led to the imitation.
// What is overridden is an empty package which not every registry has: Node's own module of that name is what is loaded.
import http from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import { base, steps, turn } from './steps.mjs'

const { hostname, port } = new URL(base)
https.request = (asked, ...more) => http.request({ ...asked, protocol: 'http:', hostname, host: hostname, port, agent: undefined }, ...more)
const { Zoho, ZohoApiClient, ZohoApiError } = createRequire(import.meta.url)('@trieb.work/zoho-ts')

const { step, raises, told } = steps('zoho_invoice', '@trieb.work/zoho-ts')
const self = { id: '1000.CH0A1DEM0CH0A1DEM0CH0A1DEM00002', secret: 'choai-demo-secret' } // of the imitation
const about = { orgId: '982000000000', client: self, dc: '.jp', scope: 'ZohoInvoice.fullaccess.all', baseUrl: `${base}/invoice/v3` }
const enter = async (more = {}) => new Zoho(await ZohoApiClient.fromOAuth({ ...about, ...more }))
const refused = (code, words) => (wrong) => wrong instanceof ZohoApiError && wrong.code === code && wrong.message.includes(words)

await turn({ limit_minute: 1000 }) // the client knows no limit of its own
const first = await step('sign in', () => enter())
const [organisation] = await step('organisations', () => first.organization.list(), (all) => all.some((one) => one.currency_code === 'JPY'))
const zoho = await step('sign in to an organisation', () => enter({ orgId: organisation.organization_id }))
await step('taxes', () => zoho.tax.list(), (all) => all.some((one) => one.tax_percentage === 10))

const contact = { contact_name: 'クライアント商事', contact_persons: [{ first_name: '花子', last_name: '青空', email: 'ts@example.jp' }] }
for (let n = 0; n < 200; n++) await zoho.contact.create({ contact_name: `頁送り商事${n}` }) // more than one page
const made = await step('create', () => zoho.contact.create(contact), (row) => row.contact_name === 'クライアント商事' && row.contact_id)
await step('list with paging', () => zoho.contact.list({}), (rows) => rows.length > 200 && new Set(rows.map((row) => row.contact_id)).size === rows.length)
await step('list in order', () => zoho.contact.list({ sortColumn: 'contact_name', sortOrder: 'ascending', filterBy: 'active' }),
  (rows) => rows.length > 200)
await step('read one', () => zoho.contact.get(made.contact_id), (row) => row.contact_persons[0].email === 'ts@example.jp')
await step('contact persons', () => zoho.contact.listContactPersons(made.contact_id), (rows) => rows.length === 1)
const renamed = { contact_id: made.contact_id, contact_name: '改名商事' }
await step('update', () => zoho.contact.update({ ...renamed, contact_type: 'customer' }), (row) => row.contact_name === '改名商事')
const item = await step('create an item', () => zoho.item.create({ name: '保守', rate: 3000 }), (row) => row.rate === 3000)
await step('list items', () => zoho.item.list({ sortColumn: 'name' }), (rows) => rows.some((row) => row.item_id === item.item_id))
const lines = [{ item_id: item.item_id, name: '保守', rate: 3000, quantity: 2 }]
const paper = { customer_id: made.contact_id, date: '2026-04-01', line_items: lines }
const invoice = await step('create an invoice', () => zoho.invoice.create(paper), (row) => row.sub_total === 6000 && row.status === 'draft')
await step('read it', () => zoho.invoice.get(invoice.invoice_id), (row) => row.line_items[0].quantity === 2)
await step('with a number of its own', () => zoho.invoice.create({ ...paper, invoice_number: 'TS-1' }), (row) => row.invoice_number === 'TS-1')
await step('list invoices', () => zoho.invoice.list({}), (rows) => rows.some((row) => row.invoice_number === 'TS-1'))
await step('list what changed', () => zoho.invoice.list({ lastModifiedTime: new Date(Date.now() + 86400000) }), (rows) => rows.length === 0)
const gone = await step('create another', () => zoho.invoice.create(paper))
await step('delete', () => zoho.invoice.delete([gone.invoice_id]).then(() => true))
const paid = { customer_id: made.contact_id, payment_mode: 'cash', amount: 1000, date: '2026-04-02',
  invoices: [{ invoice_id: invoice.invoice_id, amount_applied: 1000 }] }
const payment = await step('pay', () => zoho.payment.create(paid), (row) => row.amount === 1000)
await step('list payments', () => zoho.payment.list({}),
  (rows) => rows.find((row) => row.payment_id === payment.payment_id).invoice_numbers_array[0] === invoice.invoice_number)

await raises('error: delete what is paid', () => zoho.invoice.delete([invoice.invoice_id]), (wrong) => wrong instanceof ZohoApiError)
await raises('error: what is gone', () => zoho.invoice.get(gone.invoice_id), refused(1002, 'does not exist'))
await raises('error: taken name', () => zoho.contact.create({ contact_name: '改名商事' }), refused(3062, 'already exists'))
await raises('error: no lines', () => zoho.invoice.create({ ...paper, line_items: [] }), (wrong) => wrong instanceof ZohoApiError)
await raises('error: another organisation', () => first.contact.get(made.contact_id), refused(6041, 'not associated'))
await raises('error: wrong secret', () => enter({ client: { ...self, secret: 'wrong' } }), 'invalid_client')
told()

// freee's MCP server against an imitation of freee請求書 and freee会計.
//
// requires: freee-mcp@0.35.2
import { caller, company, data, signedIn, signIn } from './freee_mcp.mjs'
import { steps } from './steps.mjs'

const { step, raises, told } = steps('freee_invoice', 'freee-mcp')
const api = caller('invoice')

await step('sign in', signIn, signedIn)
const own = { company_id: company }
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
await raises('error: unknown partner', () => api('post', '/invoices', { body: { ...body, partner_id: 1 } }), '400')
await raises('error: a number with automatic numbering', () => api('post', '/invoices', { body: { ...body, invoice_number: 'X' } }), '400')
await raises('error: no such document', () => api('get', '/invoices/1', { query: own }), '404')
told()
process.exit(0)

// The vendor's own client (@kintone/rest-api-client) against an imitation of kintone.
//
// requires: @kintone/rest-api-client@6.2.1
import { KintoneRestAPIClient, KintoneRestAPIError } from '@kintone/rest-api-client'
import { base, steps } from './steps.mjs'

const local = base.replace('127.0.0.1', 'localhost') // the only host for which the client takes plain http
const { step, raises, told } = steps('kintone', '@kintone/rest-api-client')
const refused = (name, act, holds) => raises(name, act, (wrong) => wrong instanceof KintoneRestAPIError && holds(wrong))

// people's passwords of the imitation stand in its data; none is a secret
const auth = { username: 'sato', password: 'choai-demo' }
const client = new KintoneRestAPIClient({ baseUrl: local, auth })
const app = '1'

await step('sign in', () => client.app.getApp({ id: app }), (got) => got.appId === app)
await step('fields', () => client.app.getFormFields({ app, lang: 'ja' }), (got) => got.properties['取引先名'].unique === true)
await step('layout', () => client.app.getFormLayout({ app }), (got) => got.layout.length > 0)
const made = await step('create', () => client.record.addRecord({ app, record: { 取引先名: { value: 'クライアント商事' }, 取引先コード: { value: 'CL-1' } } }), (got) => Number(got.id) > 0)
await step('get', () => client.record.getRecord({ app, id: made.id }), (got) => got.record['取引先名'].value === 'クライアント商事')
await step('list with paging', () => client.record.getAllRecordsWithId({ app, fields: ['$id', '取引先名'] }), (rows) => rows.length > 400)
await step('list by offset', () => client.record.getAllRecordsWithOffset({ app, orderBy: '取引先コード asc' }), (rows) => rows.length > 400)
await step('list by cursor', () => client.record.getAllRecordsWithCursor({ app, fields: ['取引先名'] }), (rows) => rows.length > 400)
await step('query', () => client.record.getRecords({ app, query: '取引先コード = "CL-1"', totalCount: true }), (got) => got.totalCount === '1')
await step('update', () => client.record.updateRecord({ app, id: made.id, revision: made.revision, record: { 備考: { value: '一行目\n二行目' } } }), (got) => got.revision === '2')
await step('upsert', () => client.record.upsertRecord({ app, updateKey: { field: '取引先コード', value: 'CL-1' }, record: { カナ: { value: 'クライアント' } } }), (got) => got.revision === '3')
await step('create many', () => client.record.addRecords({ app, records: [1, 2, 3].map((n) => ({ 取引先名: { value: `まとめて${n}` } })) }), (got) => got.ids.length === 3)
await step('create in chunks', () => client.record.addAllRecords({ app, records: Array.from({ length: 120 }, (_, n) => ({ 取引先名: { value: `分割${n}` } })) }), (got) => got.records.length === 120)
await step('comment', () => client.record.addRecordComment({ app, record: made.id, comment: { text: '確認しました' } }), (got) => Number(got.id) > 0)
await step('comments', () => client.record.getRecordComments({ app, record: made.id }), (got) => got.comments[0].text.startsWith('確認しました'))
await step('bulk', () => client.bulkRequest({ requests: [{ method: 'POST', endpointName: 'record', payload: { app, record: { 取引先名: { value: '一括一' } } } }, { method: 'PUT', endpointName: 'record', payload: { app, id: made.id, record: { カナ: { value: 'イッカツ' } } } }] }), (got) => got.results.length === 2)
await refused('error: taken value', () => client.record.addRecord({ app, record: { 取引先名: { value: 'クライアント商事' } } }), (e) => e.code === 'CB_VA01' && e.status === 400)
await refused('error: stale revision', () => client.record.updateRecord({ app, id: made.id, revision: 1, record: {} }), (e) => e.code === 'GAIA_CO02' && e.status === 409)
await refused('error: unknown record', () => client.record.getRecord({ app, id: '999999' }), (e) => e.code === 'GAIA_RE01' && e.status === 404)
await refused('error: unknown app', () => client.record.getRecords({ app: '9999' }), (e) => e.code === 'GAIA_AP01' && e.status === 404)
await refused('error: wrong password', () => new KintoneRestAPIClient({ baseUrl: local, auth: { ...auth, password: 'no' } }).record.getRecords({ app }), (e) => e.status === 401)
await step('delete', () => client.record.deleteRecords({ app, ids: [made.id] }), (got) => JSON.stringify(got) === '{}')

told()

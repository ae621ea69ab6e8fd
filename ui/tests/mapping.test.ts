import { expect, test } from 'vitest'
import type { FieldRow, MappingOut, MappingRowIn, ProposalRow } from '../src/client/types.gen'
import { accepted, body, EMPTY, flows, isDirty, lineStatus, problemsByLine, reduce, unused, type State } from '../src/screens/mapping/state'

const row = (left: string | null, right: string | null, more: Partial<MappingRowIn> = {}): MappingRowIn => ({
  left, right, direction: 'both', converter: null, options: {}, default: null, only_on_create: false, write_back: false, when_empty: 'keep', rows: [], ...more,
})
const field = (name: string, more: Partial<FieldRow> = {}): FieldRow => ({ name, kind: 'text', ja: name, en: name, ...more })
const proposal = (left: string, right: string, more: Partial<MappingRowIn> = {}): ProposalRow => ({ ...row(left, right, more), score: 90, why: 'label' })
const load = (...rows: MappingRowIn[]): State => reduce(EMPTY, { type: 'load', rows, matchKeys: [] })
const stored = (...rows: MappingRowIn[]): MappingOut =>
  ({ rows: rows.map((r) => ({ ...r, status: 'ok' })), left: { object: 'a', revision: '', fields: [] }, right: { object: 'b', revision: '', fields: [] }, converters: [], match_keys: [], problems: [], directions: [], version: 1 })

test('what was loaded is not dirty; a change and its undoing are seen', () => {
  const loaded = load(row('名前', 'name'))
  expect(isDirty(loaded, stored(row('名前', 'name')))).toBe(false)
  const changed = reduce(loaded, { type: 'change', key: 1, change: { direction: 'to_right' } })
  expect(isDirty(changed, stored(row('名前', 'name')))).toBe(true)
  expect(isDirty(reduce(changed, { type: 'change', key: 1, change: { direction: 'both' } }), stored(row('名前', 'name')))).toBe(false)
})

test('proposals are shown but not saved until they are accepted', () => {
  const state = reduce(load(row('名前', 'name')), { type: 'propose', rows: [proposal('電話', 'phone'), proposal('メール', 'email')] })
  expect(state.lines).toHaveLength(3)
  expect(body(state).rows).toEqual([row('名前', 'name')])
  expect(isDirty(state, stored(row('名前', 'name')))).toBe(false)
  const one = reduce(state, { type: 'accept', key: state.lines[1]!.key })
  expect(body(one).rows.map((r) => r.right)).toEqual(['name', 'phone'])
  expect(body(reduce(state, { type: 'accept' })).rows).toHaveLength(3)
  expect(reduce(state, { type: 'dismiss' }).lines).toHaveLength(1)
  expect(reduce(state, { type: 'dismiss', key: state.lines[2]!.key }).lines).toHaveLength(2)
})

test('proposing twice, or for fields in use, adds nothing; a write-back may share a field', () => {
  const rows = [proposal('名前', 'name_kana'), proposal('カナ', 'name'), proposal('電話', 'phone'), proposal('名前', 'id', { write_back: true })]
  const once = reduce(load(row('名前', 'name')), { type: 'propose', rows })
  expect(once.lines.map((l) => [l.row.left, l.row.right])).toEqual([['名前', 'name'], ['電話', 'phone'], ['名前', 'id']])
  expect(reduce(once, { type: 'propose', rows }).lines).toHaveLength(3)
})

test('changing a proposal accepts it', () => {
  const state = reduce(load(), { type: 'propose', rows: [proposal('電話', 'phone')] })
  expect(reduce(state, { type: 'change', key: state.lines[0]!.key, change: { converter: 'phone_digits' } }).lines[0]!.proposal).toBeUndefined()
})

test('problems of the API find their line although empty lines and proposals were not sent', () => {
  let state = reduce(load(row('a', 'x')), { type: 'add' })
  state = reduce(state, { type: 'propose', rows: [proposal('p', 'q')] })
  state = reduce(state, { type: 'add', row: { left: 'b', right: 'y' } })
  const problem = { code: 'not_writable', title: '', cause: '', next: '', who: 'user', recovery: 'skip' }
  const found = problemsByLine(state, [{ severity: 'error', row: 1, problem }, { severity: 'warning', row: null, problem }])
  const line = accepted(state)[1]!
  expect(line.row.left).toBe('b')
  expect(lineStatus(line, found.get(line.key))).toBe('error')
  expect(found.get(0)).toHaveLength(1)
})

test('keys of lines stay unique after removing and adding', () => {
  let state = load(row('a', 'x'), row('b', 'y'))
  state = reduce(reduce(state, { type: 'remove', key: 2 }), { type: 'add' })
  expect(new Set(state.lines.map((l) => l.key)).size).toBe(2)
})

test('unused fields and possible directions', () => {
  const state = load(row('a', 'x'))
  expect(unused([field('a'), field('b')], state, 'left').map((f) => f.name)).toEqual(['b'])
  const readOnly = field('id', { on_create: false, on_update: false })
  expect(flows(field('a'), field('x'))).toEqual(['both', 'to_right', 'to_left'])
  expect(flows(field('a'), readOnly)).toEqual(['to_left'])
  expect(flows(readOnly, field('x'))).toEqual(['to_right'])
})

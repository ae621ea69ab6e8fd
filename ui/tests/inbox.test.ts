import { expect, test } from 'vitest'
import type { InboxChoice, InboxRow } from '../src/client/types.gen'
import { decimal } from '../src/format'
import { answersOf, byKind, common, neighbour, perField } from '../src/screens/inbox/answers'

const choice = (key: string, more: Partial<InboxChoice> = {}): InboxChoice => ({ key, id: null, open_id: false, label_ja: key, label_en: key, writes: [], ...more })
const entry = (id: string, kind: string, choices: InboxChoice[], conflicts: number[] = []): InboxRow =>
  ({ id, kind, name: id, choices, candidates: [], fields: conflicts.map((row) => ({ row, left: 'a', right: 'b', label_ja: '', label_en: '', conflict: true })) }) as unknown as InboxRow

test('answered together is only what every entry offers without more to tell', () => {
  const one = entry('r1', 'duplicate', [choice('bind', { id: '7' }), choice('create'), choice('ignore')])
  const two = entry('r2', 'ambiguous', [choice('bind', { id: '8' }), choice('bind', { id: '9' }), choice('ignore')])
  const three = entry('r3', 'parked', [choice('bind', { open_id: true }), choice('ignore')])
  expect(common([one])).toEqual(['bind', 'create', 'ignore'])
  expect(common([one, two])).toEqual(['ignore'])
  expect(common([one, three])).toEqual(['ignore'])
  expect(common([])).toEqual([])
  expect(answersOf([one], 'bind')).toEqual([{ id: 'r1', choice: 'bind', partner: '7' }])
  expect(answersOf([one, two], 'ignore')).toEqual([{ id: 'r1', choice: 'ignore' }, { id: 'r2', choice: 'ignore' }])
})

test('a side per field needs one for each conflict', () => {
  const both = entry('r1', 'conflict', [], [2, 5])
  expect(perField(both, { 2: 'left' })).toBeNull()
  expect(perField(both, { 2: 'left', 5: 'right' })).toEqual({ id: 'r1', choice: 'fields', fields: { '2': 'left', '5': 'right' } })
  expect(perField(entry('r2', 'missing', []), {})).toBeNull()
})

test('entries keep their order within their kind', () => {
  const rows = [entry('a', 'held', []), entry('b', 'conflict', []), entry('c', 'held', [])]
  expect(byKind(rows).map(([kind, group]) => [kind, group.map((r) => r.id)])).toEqual([['held', ['a', 'c']], ['conflict', ['b']]])
})

test('moving stops at the ends', () => {
  const rows = [entry('a', 'held', []), entry('b', 'held', [])]
  expect(neighbour(rows, 'a', 1)).toBe('b')
  expect(neighbour(rows, 'b', 1)).toBe('b')
  expect(neighbour(rows, 'a', -1)).toBe('a')
  expect(neighbour(rows, undefined, 1)).toBe('a')
  expect(neighbour([], 'a', 1)).toBeUndefined()
})

test('exact amounts keep every digit', () => {
  expect(decimal('12345678901234567.50')).toBe('12,345,678,901,234,567.50')
  expect(decimal('-1000')).toBe('−1,000')
  expect(decimal('0')).toBe('0')
  expect(decimal('n/a')).toBe('n/a')
})

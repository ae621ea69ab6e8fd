import { expect, test } from 'vitest'
import { nextSort, readParams } from '../src/parts/list'

test('page, sorting and filters come from the address; nonsense is ignored', () => {
  expect(readParams(new URLSearchParams('page=3&page_size=100&sort=-name&q=青葉&other=x'), ['q', 'state'], 50)).toEqual({ page: 3, page_size: 100, sort: '-name', q: '青葉' })
  expect(readParams(new URLSearchParams('page=-1&page_size=abc'), ['q'], 50)).toEqual({ page: 1, page_size: 50 })
})

test('a column sorts up, down, not at all', () => {
  expect(nextSort(undefined, 'name')).toBe('name')
  expect(nextSort('name', 'name')).toBe('-name')
  expect(nextSort('-name', 'name')).toBeUndefined()
  expect(nextSort('-other', 'name')).toBe('name')
})

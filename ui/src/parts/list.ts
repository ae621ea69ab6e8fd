// Lists keep page, sorting and filters in the address, so that every view can be linked to and survives a reload.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'

export interface Listing<Row> {
  rows: Row[]
  total: number | null
  page: number
  page_size: number
}

export interface ListParams {
  page: number
  page_size: number
  sort?: string
  [filter: string]: string | number | undefined
}

export function readParams(search: URLSearchParams, filters: readonly string[], size: number): ListParams {
  const whole = (name: string, otherwise: number) => {
    const n = Number(search.get(name))
    return Number.isInteger(n) && n > 0 ? n : otherwise
  }
  const params: ListParams = { page: whole('page', 1), page_size: whole('page_size', size) }
  const sort = search.get('sort')
  if (sort) params.sort = sort
  for (const name of filters) {
    const value = search.get(name)
    if (value) params[name] = value
  }
  return params
}

/** The next sorting of a column: ascending, descending, none. */
export function nextSort(now: string | undefined, key: string): string | undefined {
  if (now === key) return `-${key}`
  return now === `-${key}` ? undefined : key
}

export function useParams(filters: readonly string[], size = 50) {
  const [search, setSearch] = useSearchParams()
  const params = readParams(search, filters, size)
  const set = (changes: Record<string, string | number | null | undefined>) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        if (!('page' in changes)) next.delete('page')
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === undefined || value === '') next.delete(name)
          else next.set(name, String(value))
        }
        return next
      },
      { replace: true, preventScrollReset: true },
    )
  const filtered = filters.some((name) => params[name] !== undefined)
  const clear = () => set(Object.fromEntries(filters.map((name) => [name, null])))
  return { params, set, filtered, clear }
}

export type ListState<Row> = ReturnType<typeof useList<Row>>

export function useList<Row>(
  key: readonly unknown[],
  filters: readonly string[],
  read: (params: ListParams) => Promise<Listing<Row>>,
  options: { size?: number; refetchInterval?: number | false } = {},
) {
  const state = useParams(filters, options.size)
  const query = useQuery({
    queryKey: [...key, state.params],
    queryFn: () => read(state.params),
    placeholderData: keepPreviousData,
    refetchInterval: options.refetchInterval ?? false,
  })
  return { ...state, query }
}

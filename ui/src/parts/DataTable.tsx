import { Button, Checkbox, Select, Skeleton } from '@mantine/core'
import { ArrowDown, ArrowUp, ArrowUpDown, ChevronLeft, ChevronRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { count } from '../format'
import { nextSort, type ListState } from './list'
import { useLate } from './Page'
import { FailureNote } from './ProblemNote'

export interface Column<Row> {
  key: string
  head: string
  cell: (row: Row) => React.ReactNode
  sort?: boolean
  num?: boolean
  name?: boolean
  width?: number | string
}

interface Selection {
  ids: ReadonlySet<number>
  set: (ids: ReadonlySet<number>) => void
}

interface Props<Row extends { id: number | string }> {
  label: string
  columns: Column<Row>[]
  list: ListState<Row>
  empty: React.ReactNode
  selection?: Selection
  pick?: (row: Row) => string
}

const SIZES = ['20', '50', '100', '200']

/** The product's one table: sorted, filtered and paged by the server, with its four quiet states. */
export function DataTable<Row extends { id: number | string }>({ label, columns, list, empty, selection, pick }: Props<Row>) {
  const { t } = useTranslation()
  const { query, params } = list
  if (query.error && !query.data) return <FailureNote error={query.error} onRetry={() => void query.refetch()} />
  const rows = query.data?.rows
  if (rows && !rows.length && params.page === 1) {
    return (
      <div className="panel empty">
        {list.filtered ? (
          <>
            <p>{t('list.no_match')}</p>
            <Button variant="default" onClick={list.clear}>
              {t('list.clear')}
            </Button>
          </>
        ) : (
          empty
        )}
      </div>
    )
  }
  return (
    <>
      {query.error && <FailureNote error={query.error} onRetry={() => void query.refetch()} />}
      <div className="panel">
        <div className="scroll" tabIndex={0} role="region" aria-label={t('list.table', { label })}>
          <table className="dt" data-stale={query.isPlaceholderData} aria-busy={query.isFetching}>
            <thead>
              <tr>
                {selection && <SelectAll rows={rows ?? []} selection={selection} />}
                {columns.map((c) => (
                  <Head key={c.key} column={c} sort={params.sort} onSort={(sort) => list.set({ sort })} />
                ))}
              </tr>
            </thead>
            <tbody>
              {!rows && <SkeletonRows columns={columns.length + (selection ? 1 : 0)} />}
              {rows?.map((row) => (
                <tr key={row.id} data-selected={selection?.ids.has(Number(row.id))}>
                  {selection && <SelectOne row={row} selection={selection} name={pick?.(row) ?? String(row.id)} />}
                  {columns.map((c) => (
                    <td key={c.key} className={[c.num && 'num', c.name && 'name'].filter(Boolean).join(' ') || undefined}>
                      {c.cell(row)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {query.data && <Pager list={list} />}
      </div>
    </>
  )
}

function Head<Row>({ column, sort, onSort }: { column: Column<Row>; sort?: string; onSort: (sort?: string) => void }) {
  const now = sort === column.key ? 'ascending' : sort === `-${column.key}` ? 'descending' : 'none'
  const Icon = now === 'ascending' ? ArrowUp : now === 'descending' ? ArrowDown : ArrowUpDown
  return (
    <th scope="col" className={column.num ? 'num' : undefined} style={{ width: column.width }} aria-sort={column.sort ? now : undefined}>
      {column.sort ? (
        <button type="button" className="sort" onClick={() => onSort(nextSort(sort, column.key))}>
          {column.head}
          <Icon size={12} aria-hidden style={{ opacity: now === 'none' ? 0.5 : 1 }} />
        </button>
      ) : (
        column.head
      )}
    </th>
  )
}

function SelectAll<Row extends { id: number | string }>({ rows, selection }: { rows: Row[]; selection: Selection }) {
  const { t } = useTranslation()
  const ids = rows.map((r) => Number(r.id))
  const chosen = ids.filter((id) => selection.ids.has(id)).length
  return (
    <th scope="col" style={{ width: 32 }}>
      <Checkbox
        aria-label={t('list.select_all')}
        checked={chosen > 0 && chosen === ids.length}
        indeterminate={chosen > 0 && chosen < ids.length}
        onChange={(e) => selection.set(e.currentTarget.checked ? new Set([...selection.ids, ...ids]) : new Set([...selection.ids].filter((x) => !ids.includes(x))))}
      />
    </th>
  )
}

function SelectOne<Row extends { id: number | string }>({ row, selection, name }: { row: Row; selection: Selection; name: string }) {
  const { t } = useTranslation()
  const id = Number(row.id)
  return (
    <td>
      <Checkbox
        aria-label={t('list.select_one', { name })}
        checked={selection.ids.has(id)}
        onChange={() => {
          const next = new Set(selection.ids)
          if (!next.delete(id)) next.add(id)
          selection.set(next)
        }}
      />
    </td>
  )
}

function SkeletonRows({ columns }: { columns: number }) {
  const late = useLate()
  return Array.from({ length: 8 }, (_, i) => (
    <tr key={i} aria-hidden>
      {Array.from({ length: columns }, (_, j) => (
        <td key={j}>{late && <Skeleton height={12} width={`${50 + ((i * 7 + j * 13) % 40)}%`} />}</td>
      ))}
    </tr>
  ))
}

function Pager<Row>({ list }: { list: ListState<Row> }) {
  const { t } = useTranslation()
  const { page, page_size, total, rows } = list.query.data!
  const first = rows.length ? (page - 1) * page_size + 1 : 0
  const last = (page - 1) * page_size + rows.length
  const more = total === null ? rows.length === page_size : last < total
  if (page === 1 && !more && rows.length <= Number(SIZES[0])) return null
  return (
    <nav className="pager" aria-label={t('list.pages')}>
      <span className="tnum sub">
        {total === null
          ? t('list.range', { first: count(first), last: count(last) })
          : t('list.range_of', { first: count(first), last: count(last), total: count(total) })}
      </span>
      <span className="row">
        <Select
          aria-label={t('list.size')}
          data={SIZES.map((s) => ({ value: s, label: t('list.per_page', { n: s }) }))}
          value={String(page_size)}
          onChange={(size) => list.set({ page_size: size })}
          allowDeselect={false}
          w={120}
        />
        <Button variant="default" disabled={page <= 1} onClick={() => list.set({ page: page - 1 })} leftSection={<ChevronLeft size={14} aria-hidden />}>
          {t('list.previous')}
        </Button>
        <Button variant="default" disabled={!more} onClick={() => list.set({ page: page + 1 })} rightSection={<ChevronRight size={14} aria-hidden />}>
          {t('list.next')}
        </Button>
      </span>
    </nav>
  )
}

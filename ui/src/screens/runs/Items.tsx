import { Button, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { RotateCcw, Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { listItems } from '../../client/sdk.gen'
import type { ItemRow, RunRow } from '../../client/types.gen'
import { count, secondOf } from '../../format'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { DataTable, type Column } from '../../parts/DataTable'
import { DownloadMenu } from '../../parts/DownloadMenu'
import { useList, type Listing } from '../../parts/list'
import { StatusChip } from '../../parts/StatusChip'
import { ACTIVE, WAITING } from '../../parts/status'
import { RecordLinks } from '../partners/RecordLinks'
import { ItemDrawer } from './ItemDrawer'
import { opWord } from './opWord'
import { useRetry } from './RunActions'

const FILTERS = ['outcome', 'op', 'side', 'code', 'q'] as const
const OUTCOMES = ['targets', 'succeeded', 'created', 'updated', 'unchanged', 'skipped', 'failed', 'blocked', 'not_reached', 'not_counted', 'planned']
const RETRIABLE = new Set(['failed', 'blocked', 'not_reached', 'skipped'])

export function Items({ run }: { run: RunRow }) {
  const { t } = useTranslation()
  const may = useMay()
  const [search, setSearch] = useSearchParams()
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const list = useList<ItemRow>(
    ['items', run.id],
    FILTERS,
    (query) => ask(listItems({ path: { run_id: run.id }, query: query as never })) as Promise<Listing<ItemRow>>,
    { refetchInterval: ACTIVE.has(run.state) ? 3_000 : false },
  )
  const retry = useRetry(run)
  const open = Number(search.get('item')) || null
  const show = (id: number | null) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        if (id === null) next.delete('item')
        else next.set('item', String(id))
        return next
      },
      { replace: true, preventScrollReset: true },
    )
  const selectable = may('run') && !ACTIVE.has(run.state) && !WAITING.has(run.state) && (run.actions ?? []).includes('retry')
  const ids = [...chosen]
  return (
    <section aria-labelledby="items">
      <div className="panel-head" style={{ margin: '4px 0 8px' }}>
        <h2 id="items" style={{ fontSize: 15 }}>
          {t(WAITING.has(run.state) ? 'items.planned' : 'items.title')}
        </h2>
        <div className="row">
          {selectable && ids.length > 0 && (
            <ActionButton variant="default" busy={retry.isPending} leftSection={<RotateCcw size={14} aria-hidden />} onClick={() => retry.mutate(ids)}>
              {t('items.retry_chosen', { n: count(ids.length) })}
            </ActionButton>
          )}
          <DownloadMenu path={`/api/runs/${run.id}/items.csv`} params={list.params} />
        </div>
      </div>
      <Filters list={list} />
      <DataTable
        label={t('items.title')}
        columns={useColumns(run, (id) => show(id), (id) => retry.mutate([id]), selectable)}
        list={list}
        selection={selectable ? { ids: chosen, set: setChosen } : undefined}
        pick={(r) => r.name || r.left_id || r.right_id}
        empty={<p>{t(ACTIVE.has(run.state) ? 'items.not_yet' : 'items.none')}</p>}
      />
      {open !== null && <ItemDrawer run={run} id={open} onClose={() => show(null)} />}
    </section>
  )
}

function Filters({ list }: { list: ReturnType<typeof useList<ItemRow>> }) {
  const { t } = useTranslation()
  const { params, set } = list
  const [q, setQ] = useState(String(params.q ?? ''))
  const send = useDebouncedCallback((value: string) => set({ q: value }), 300)
  useEffect(() => setQ(String(params.q ?? '')), [params.q])
  const outcome = (params.outcome as string | undefined) ?? null
  const outcomes = outcome && !OUTCOMES.includes(outcome) ? [...OUTCOMES, outcome] : OUTCOMES
  return (
    <div className="filters" role="search" aria-label={t('list.filters')}>
      <TextInput
        aria-label={t('items.search')}
        placeholder={t('items.search')}
        leftSection={<Search size={14} aria-hidden />}
        w={220}
        value={q}
        onChange={(e) => {
          setQ(e.currentTarget.value)
          send(e.currentTarget.value)
        }}
      />
      <Select
        aria-label={t('items.outcome')}
        w={180}
        clearable
        clearButtonProps={{ 'aria-label': t('common.clear', { name: t('items.outcome') }) }}
        placeholder={t('items.all_outcomes')}
        data={outcomes.map((o) => ({ value: o, label: o.split(',').map((x) => word(t, 'state.outcome', x)).join(' / ') }))}
        value={outcome}
        onChange={(v) => set({ outcome: v })}
      />
      <Select
        aria-label={t('items.op')}
        w={150}
        clearable
        clearButtonProps={{ 'aria-label': t('common.clear', { name: t('items.op') }) }}
        placeholder={t('items.all_ops')}
        data={['create', 'update', 'bind', 'none'].map((o) => ({ value: o, label: word(t, 'op', o) }))}
        value={(params.op as string | undefined) ?? null}
        onChange={(v) => set({ op: v })}
      />
      <span className="count tnum">{list.query.data && list.query.data.total !== null && t('list.total', { n: count(list.query.data.total) })}</span>
    </div>
  )
}

function useColumns(run: RunRow, show: (id: number) => void, retry: (id: number) => void, retriable: boolean): Column<ItemRow>[] {
  const { t } = useTranslation()
  const plan = WAITING.has(run.state)
  const columns: Column<ItemRow>[] = [
    {
      key: 'name',
      head: t('items.name'),
      sort: true,
      name: true,
      cell: (r) => (
        <button type="button" className="linklike" onClick={() => show(r.id)}>
          {r.name || r.left_id || r.right_id || `#${r.id}`}
        </button>
      ),
    },
    { key: 'op', head: t('items.op'), cell: (r) => <span className="nowrap">{opWord(t, r)}</span> },
    { key: 'side', head: t('items.side'), cell: (r) => <span className="nowrap">{word(t, 'side', r.side)}</span> },
    { key: 'changes', head: t('items.changes'), num: true, cell: (r) => (r.changes ? count(r.changes) : '–') },
    {
      key: 'outcome',
      head: t('items.outcome'),
      cell: (r) => (
        <>
          <StatusChip of="outcome" state={r.outcome} />
          {r.problem && (
            <div className="small" style={{ marginTop: 2, minWidth: 220 }}>
              {r.problem.title}
              <div className="sub">{r.problem.next}</div>
            </div>
          )}
        </>
      ),
    },
    { key: 'links', head: t('items.records'), cell: (r) => <RecordLinks row={r} /> },
  ]
  if (!plan) columns.push({ key: 'ended_at', head: t('items.ended'), cell: (r) => <span className="tnum nowrap">{secondOf(r.ended_at, run.started_at)}</span> })
  if (retriable) {
    columns.push({
      key: 'retry',
      head: t('common.actions'),
      cell: (r) =>
        RETRIABLE.has(r.outcome) ? (
          <Button variant="subtle" size="compact-xs" onClick={() => retry(r.id)} aria-label={`${t('common.retry')}: ${r.name}`}>
            {t('common.retry')}
          </Button>
        ) : null,
    })
  }
  return columns
}

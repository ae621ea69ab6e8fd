import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { BookOpenCheck } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { listReconciliations, listSyncs } from '../../client/sdk.gen'
import type { ReconciliationRow, SyncRow } from '../../client/types.gen'
import { count, minute } from '../../format'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { DataTable, type Column } from '../../parts/DataTable'
import { useList, type Listing } from '../../parts/list'
import { Answered, Page } from '../../parts/Page'
import { StatusChip } from '../../parts/StatusChip'
import { ACTIVE } from '../../parts/status'
import { routes } from '../../routes'
import { useStart, VerdictChip } from './Reconciliation'
import { Seal } from './Seal'
import { VerifyStatement } from './VerifyStatement'
import './ledger.css'

const FILTERS = ['sync', 'verdict', 'q'] as const

export default function Reconciliations() {
  const { t } = useTranslation()
  const syncs = useQuery({ queryKey: ['syncs', 'all'], queryFn: () => ask(listSyncs({ query: { page_size: 200 } })) })
  const list = useList<ReconciliationRow>(['reconciliations', 'list'], FILTERS, (query) => ask(listReconciliations({ query: query as never })) as Promise<Listing<ReconciliationRow>>, { refetchInterval: 5_000, size: 20 })
  return (
    <Page title={t('reconcile.title')} about={t('reconcile.about')} actions={<VerifyStatement />}>
      <div className="stack">
        <Answered query={syncs} lines={4}>
          {(found) => <Books syncs={found.rows.filter((s) => s.linked)} />}
        </Answered>
        <section aria-labelledby="past">
          <h2 id="past" style={{ fontSize: 15, margin: '8px 0' }}>
            {t('reconcile.past')}
          </h2>
          <Filters list={list} syncs={syncs.data?.rows ?? []} />
          <DataTable label={t('reconcile.past')} columns={useColumns()} list={list} empty={<p>{t('reconcile.empty')}</p>} />
        </section>
      </div>
    </Page>
  )
}

/** One book for each pairing, with the stamp of its last reconciliation. */
function Books({ syncs }: { syncs: SyncRow[] }) {
  const { t } = useTranslation()
  if (!syncs.length)
    return (
      <div className="panel empty">
        <p>{t('syncs.empty')}</p>
        <Link to={routes.masters}>{t('masters.title')}</Link>
      </div>
    )
  return (
    <ul className="books" aria-label={t('reconcile.books')}>
      {syncs.map((s) => (
        <Book key={s.id} sync={s} />
      ))}
    </ul>
  )
}

function Book({ sync }: { sync: SyncRow }) {
  const { t } = useTranslation()
  const may = useMay()
  const start = useStart()
  const latest = useQuery({ queryKey: ['reconciliations', 'latest', sync.id], queryFn: () => ask(listReconciliations({ query: { sync: sync.id, page_size: 1 } })) })
  const last = latest.data?.rows[0]
  const active = last && ACTIVE.has(last.state)
  return (
    <li>
      {last?.verdict ? (
        <Seal verdict={last.verdict as 'agree'} at={last.ended_at} size={64} />
      ) : (
        <span className="blank" aria-hidden />
      )}
      <div className="body">
        <h3>{last?.verdict ? <Link to={routes.reconciliation(last.id)}>{sync.name}</Link> : sync.name}</h3>
        <div className="small sub">
          {t('syncs.pairs')} <span className="tnum">{count(sync.bindings)}</span> ・ {last ? <span className="tnum">{minute(last.ended_at ?? last.created_at)}</span> : t('reconcile.never')}
        </div>
        {active ? (
          <Link to={routes.reconciliation(last.id)}>{t('reconcile.under_way')}</Link>
        ) : (
          may('run') && (
            <ActionButton variant="default" mt={4} busy={start.isPending} leftSection={<BookOpenCheck size={14} aria-hidden />} onClick={() => start.mutate(sync.id)} aria-label={t('reconcile.start_of', { name: sync.name })}>
              {t('reconcile.start')}
            </ActionButton>
          )
        )}
      </div>
    </li>
  )
}

function Filters({ list, syncs }: { list: ReturnType<typeof useList<ReconciliationRow>>; syncs: SyncRow[] }) {
  const { t } = useTranslation()
  const { params, set } = list
  const choose = (name: 'sync' | 'verdict', label: string, data: { value: string; label: string }[]) => (
    <Select aria-label={label} w={200} clearable clearButtonProps={{ 'aria-label': t('common.clear', { name: label }) }} placeholder={label} data={data} value={(params[name] as string | undefined) ?? null} onChange={(v) => set({ [name]: v })} />
  )
  return (
    <div className="filters" role="search" aria-label={t('list.filters')}>
      {choose('sync', t('run.sync'), syncs.map((s) => ({ value: String(s.id), label: s.name })))}
      {choose('verdict', t('reconcile.verdict'), ['agree', 'differ'].map((v) => ({ value: v, label: word(t, 'state.verdict', v) })))}
      <span className="count tnum">{list.query.data && list.query.data.total !== null && t('list.total', { n: count(list.query.data.total) })}</span>
    </div>
  )
}

function useColumns(): Column<ReconciliationRow>[] {
  const { t } = useTranslation()
  const figure = (key: 'bound' | 'agreeing' | 'differs'): Column<ReconciliationRow> => ({ key, head: t(`reconcile.line.${key}`), num: true, cell: (r) => (r.verdict ? count(r.counts[key]) : '–') })
  return [
    {
      key: 'at',
      head: t('reconcile.at'),
      cell: (r) => (
        <Link className="tnum nowrap" to={routes.reconciliation(r.id)}>
          {minute(r.ended_at ?? r.started_at ?? r.created_at)}
        </Link>
      ),
    },
    { key: 'sync', head: t('run.sync'), name: true, cell: (r) => r.sync.name },
    {
      key: 'verdict',
      head: t('reconcile.verdict'),
      cell: (r) => (
        <>
          {r.verdict ? <VerdictChip verdict={r.verdict} /> : <StatusChip of="run" state={r.state} />}
          {r.problem && <div className="small">{r.problem.title}</div>}
        </>
      ),
    },
    figure('bound'),
    figure('agreeing'),
    figure('differs'),
    { key: 'only', head: t('reconcile.line.only'), num: true, cell: (r) => (r.verdict ? count((r.counts.only_left ?? 0) + (r.counts.only_right ?? 0)) : '–') },
    { key: 'by', head: t('reconcile.by_whom'), cell: (r) => r.started_by ?? '–' },
  ]
}

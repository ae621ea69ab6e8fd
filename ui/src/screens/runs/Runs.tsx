import { Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { listRuns } from '../../client/sdk.gen'
import type { RunRow } from '../../client/types.gen'
import { count, day, dayStart, minute } from '../../format'
import { word } from '../../i18n'
import { useNamesOf } from '../../i18n/ties'
import { DataTable, type Column } from '../../parts/DataTable'
import { DayFilter } from '../../parts/DayFilter'
import { useList, type Listing } from '../../parts/list'
import { Page } from '../../parts/Page'
import { StatusChip } from '../../parts/StatusChip'
import { ACTIVE, TONES } from '../../parts/status'
import { routes } from '../../routes'

const FILTERS = ['kind', 'state', 'trigger', 'since', 'until', 'batch', 'sync', 'q'] as const
export const MASTER_KINDS = ['partner', 'tag', 'segment_1', 'segment_2', 'segment_3', 'item', 'section', 'account_item', 'tax_code', 'expense_category', 'walletable']
const TRIGGERS = ['schedule', 'late', 'manual', 'retry', 'rest', 'undo', 'api', 'preview']

/** The days of the address become instants: from the first moment of `since` to the last of `until`. */
function asQuery({ since, until, sync, ...rest }: Record<string, string | number | undefined>) {
  return {
    ...rest,
    ...(sync ? { sync: Number(sync) } : {}),
    ...(since ? { since: dayStart(String(since)) } : {}),
    ...(until ? { until: dayStart(String(until), true) } : {}),
  }
}

export default function Runs() {
  const { t } = useTranslation()
  const list = useList<RunRow>(['runs', 'list'], FILTERS, (params) => ask(listRuns({ query: asQuery(params) })) as Promise<Listing<RunRow>>, { refetchInterval: 5_000 })
  const outcome = new URLSearchParams(window.location.search).get('outcome')
  return (
    <Page title={t('runs.title')} about={t('runs.about')}>
      <Filters list={list} />
      <DataTable label={t('runs.title')} columns={useColumns(outcome)} list={list} empty={<p>{t('runs.empty')}</p>} />
    </Page>
  )
}

function Filters({ list }: { list: ReturnType<typeof useList<RunRow>> }) {
  const { t } = useTranslation()
  const { params, set } = list
  const choose = (name: 'kind' | 'state' | 'trigger', label: string, values: string[], group: string) => (
    <Select
      label={label}
      w={170}
      clearable
      clearButtonProps={{ 'aria-label': t('common.clear', { name: label }) }}
      placeholder={t('common.all')}
      data={values.map((v) => ({ value: v, label: word(t, group, v) }))}
      value={(params[name] as string | undefined) ?? null}
      onChange={(v) => set({ [name]: v })}
    />
  )
  return (
    <div className="filters" role="search" aria-label={t('list.filters')}>
      {choose('kind', t('run.kind'), MASTER_KINDS, 'kind')}
      {choose('state', t('common.state'), Object.keys(TONES.run).filter((s) => s !== 'discarded'), 'state.run')}
      {choose('trigger', t('run.trigger'), TRIGGERS, 'trigger')}
      <DayFilter label={t('runs.since')} value={params.since as string | undefined} onChange={(since) => set({ since })} />
      <DayFilter label={t('runs.until')} value={params.until as string | undefined} onChange={(until) => set({ until })} />
      {params.batch && (
        <button type="button" className="tag" style={{ cursor: 'pointer', minHeight: 24 }} onClick={() => set({ batch: null })}>
          {t('runs.one_batch')} ✕
        </button>
      )}
      <span className="count tnum">{list.query.data && list.query.data.total !== null && t('list.total', { n: count(list.query.data.total) })}</span>
    </div>
  )
}

function useColumns(outcome: string | null): Column<RunRow>[] {
  const { t } = useTranslation()
  const namesOf = useNamesOf()
  const figure = (key: 'targets' | 'succeeded' | 'failed'): Column<RunRow> => ({
    key,
    head: t(`result.${key}`),
    num: true,
    cell: (r) => <Link to={routes.run(r.id, `outcome=${key}`)}>{count(r.counts[key])}</Link>,
  })
  return [
    {
      key: 'created_at',
      head: t('result.ran_at'),
      cell: (r) => (
        <Link className="tnum nowrap" to={r.trigger === 'reconcile' ? routes.reconciliation(r.id) : routes.run(r.id, outcome ? `outcome=${outcome}` : '')}>
          {minute(r.started_at ?? r.created_at)}
        </Link>
      ),
    },
    {
      key: 'sync',
      head: t('run.sync'),
      name: true,
      cell: (r) => (
        <>
          {r.sync.name}
          <div className="small sub">{word(t, 'direction', r.direction, namesOf(r.sync.id))}</div>
        </>
      ),
    },
    {
      key: 'state',
      head: t('common.state'),
      cell: (r) => (
        <>
          <StatusChip of="run" state={r.state} /> {r.preview && <span className="tag">{t('run.preview')}</span>}
          {ACTIVE.has(r.state) && r.progress.percent !== null && <span className="small tnum"> {r.progress.percent}%</span>}
          {r.problem && <div className="small">{r.problem.title}</div>}
          {r.late_for && <div className="small">{t('result.late', { date: day(r.late_for) })}</div>}
        </>
      ),
    },
    {
      key: 'trigger',
      head: t('run.trigger'),
      cell: (r) => (
        <>
          {word(t, 'trigger', r.trigger)}
          {r.started_by && <div className="small sub">{r.started_by}</div>}
        </>
      ),
    },
    figure('targets'),
    figure('succeeded'),
    figure('failed'),
  ]
}

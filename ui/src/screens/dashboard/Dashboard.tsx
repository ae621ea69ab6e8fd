import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ArrowRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { getDashboard } from '../../client/sdk.gen'
import type { Attention, Dashboard as Data, RunRow } from '../../client/types.gen'
import { count, minute, planned } from '../../format'
import { word } from '../../i18n'
import { useNamesOf } from '../../i18n/ties'
import { Answered, Page } from '../../parts/Page'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import { ConnectionTable } from '../connections/ConnectionTable'
import { ScheduleCards } from '../schedules/ScheduleCard'

export default function Dashboard() {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['dashboard'], queryFn: () => ask(getDashboard()), refetchInterval: 15_000 })
  return (
    <Page title={t('dashboard.title')}>
      <Answered query={query} lines={10}>
        {(data) => (data.connections.length ? <Body data={data} /> : <Start />)}
      </Answered>
    </Page>
  )
}

function Start() {
  const { t } = useTranslation()
  return (
    <div className="panel empty">
      <p>{t('dashboard.start')}</p>
      <Button component={Link} to={routes.setup} rightSection={<ArrowRight size={14} aria-hidden />}>
        {t('dashboard.start_button')}
      </Button>
    </div>
  )
}

function Body({ data }: { data: Data }) {
  const { t } = useTranslation()
  return (
    <div className="stack">
      {data.attention.length > 0 && (
        <section aria-labelledby="attention">
          <div className="panel-head" style={{ marginBottom: 6 }}>
            <h2 id="attention" style={{ fontSize: 15 }}>
              {t('dashboard.attention')}
            </h2>
            <Link to={routes.inbox}>{t('inbox.title')}</Link>
          </div>
          <div className="panel">
            {data.attention.map((a, i) => (
              <AttentionLine key={i} item={a} first={i === 0} />
            ))}
          </div>
        </section>
      )}
      <ScheduleCards kinds={data.kinds} syncs={data.syncs} />
      <section aria-labelledby="recent">
        <div className="panel-head" style={{ marginBottom: 6 }}>
          <h2 id="recent" style={{ fontSize: 15 }}>
            {t('dashboard.recent')}
          </h2>
          <Link to={routes.runs}>{t('dashboard.all_runs')}</Link>
        </div>
        {data.recent_runs.length ? <Recent runs={data.recent_runs} /> : <div className="panel empty">{t('runs.empty')}</div>}
      </section>
      <div className="grid">
        <section className="panel pad" style={{ margin: 0 }} aria-labelledby="connections">
          <h2 id="connections" style={{ fontSize: 15, marginBottom: 8 }}>
            {t('nav.connections')}
          </h2>
          <ConnectionTable connections={data.connections} />
        </section>
        <section className="panel pad" style={{ margin: 0 }} aria-labelledby="next">
          <h2 id="next" style={{ fontSize: 15, marginBottom: 8 }}>
            {t('dashboard.next')}
          </h2>
          {data.next_runs.length ? (
            <dl className="facts">
              {data.next_runs.map((n) => (
                <NextLine key={n.kind + n.at} kind={n.kind} at={n.at} sync={n.sync} />
              ))}
            </dl>
          ) : (
            <p className="sub">{t('dashboard.no_next')}</p>
          )}
        </section>
      </div>
    </div>
  )
}

function NextLine({ kind, at, sync }: { kind: string; at: string; sync?: { id: number; name: string } | null }) {
  const { t } = useTranslation()
  return (
    <>
      <dt>
        <Link to={sync ? `${routes.sync(sync.id)}?tab=settings` : routes.schedule(kind)}>{sync ? sync.name : word(t, 'schedules.of', kind)}</Link>
      </dt>
      <dd className="tnum">{planned(at)}</dd>
    </>
  )
}

function AttentionLine({ item, first }: { item: Attention; first: boolean }) {
  const { t } = useTranslation()
  return (
    <div className="row" style={{ padding: '8px 16px', borderTop: first ? undefined : '1px solid var(--line)' }}>
      <span className="chip attention tnum">{t('dashboard.items', { n: count(item.count) })}</span>
      <span style={{ flex: '1 1 260px' }}>
        <strong>{item.problem.title}</strong> <span className="sub">{item.problem.next}</span>
      </span>
      <Link to={item.link} className="nowrap" aria-label={`${t('dashboard.open')}: ${item.problem.title}`}>
        {t('dashboard.open')} <ArrowRight size={12} aria-hidden />
      </Link>
    </div>
  )
}

function Recent({ runs }: { runs: RunRow[] }) {
  const { t } = useTranslation()
  const namesOf = useNamesOf()
  return (
    <div className="panel" style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={t('list.table', { label: t('dashboard.recent') })}>
      <table className="dt">
        <thead>
          <tr>
            <th scope="col">{t('result.ran_at')}</th>
            <th scope="col">{t('run.sync')}</th>
            <th scope="col">{t('common.state')}</th>
            <th scope="col" className="num">{t('result.targets')}</th>
            <th scope="col" className="num">{t('result.succeeded')}</th>
            <th scope="col" className="num">{t('result.failed')}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((r) => (
            <tr key={r.id}>
              <td className="nowrap tnum">
                <Link to={routes.run(r.id)}>{minute(r.started_at ?? r.created_at)}</Link>
              </td>
              <td className="name">
                {r.sync.name} <span className="sub small">{word(t, 'direction', r.direction, namesOf(r.sync.id))}</span>
              </td>
              <td>
                <StatusChip of="run" state={r.state} />
              </td>
              {(['targets', 'succeeded', 'failed'] as const).map((k) => (
                <td key={k} className="num">
                  <Link to={routes.run(r.id, `outcome=${k}`)}>{count(r.counts[k])}</Link>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

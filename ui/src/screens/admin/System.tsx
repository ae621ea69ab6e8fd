import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { getHealth } from '../../client/sdk.gen'
import type { Health } from '../../client/types.gen'
import { bytes, count, duration, planned, second } from '../../format'
import { word } from '../../i18n'
import { Answered, Page } from '../../parts/Page'
import { StatusChip } from '../../parts/StatusChip'
import { ConnectionTable } from '../connections/ConnectionTable'
import { limitName, UsageBars } from '../connections/UsagePanel'

export default function System() {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['health'], queryFn: () => ask(getHealth()), refetchInterval: 10_000 })
  return (
    <Page title={t('system.title')} about={t('system.about')}>
      <Answered query={query} lines={10}>
        {(health) => <Body health={health} />}
      </Answered>
    </Page>
  )
}

function Body({ health: h }: { health: Health }) {
  const { t } = useTranslation()
  const alive = h.workers.some((w) => w.alive)
  return (
    <div className="grid">
      <Panel id="workers" title={t('system.workers')}>
        {!alive && <div className="note bad">{t('system.no_worker')}</div>}
        <ul style={{ listStyle: 'none', padding: 0, margin: 0 }}>
          {h.workers.map((w) => (
            <li key={w.id} className="row" style={{ justifyContent: 'space-between', padding: '4px 0' }}>
              <span>
                {w.host} <span className="mono sub">{w.id}</span>
              </span>
              <span className="row">
                <span className="small sub tnum">{t('system.beat', { age: duration(w.beat_age) })}</span>
                <StatusChip of="worker" state={w.alive ? 'alive' : 'silent'} />
              </span>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel id="queue" title={t('system.queue')}>
        <dl className="facts">
          <dt>{t('system.depth')}</dt>
          <dd className="tnum">{count(h.queue.depth)}</dd>
          <dt>{t('system.oldest')}</dt>
          <dd className="tnum">{h.queue.depth ? duration(h.queue.oldest_seconds) : '–'}</dd>
          <dt>{t('system.tick')}</dt>
          <dd className="tnum">{second(h.ticker.last_tick)}</dd>
        </dl>
      </Panel>
      <Panel id="next" title={t('dashboard.next')}>
        {h.next_runs.length ? (
          <dl className="facts">
            {h.next_runs.map((n) => (
              <Next key={n.kind + n.at} kind={n.kind} at={n.at} name={n.sync?.name} />
            ))}
          </dl>
        ) : (
          <p className="sub">{t('dashboard.no_next')}</p>
        )}
      </Panel>
      <Panel id="connections" title={t('nav.connections')}>
        <ConnectionTable connections={h.connections} />
      </Panel>
      <Panel id="quotas" title={t('connections.usage')}>
        {h.quotas.length ? <UsageBars bars={h.quotas.map((q) => ({ usage: q, name: `${q.connection.name}: ${limitName(t, q.name)}` }))} /> : <p className="sub">{t('system.no_quota')}</p>}
      </Panel>
      <Panel id="program" title={t('system.program')}>
        <dl className="facts">
          <dt>{t('system.version')}</dt>
          <dd className="mono">{h.version}</dd>
          <dt>{t('system.database')}</dt>
          <dd>
            {word(t, 'database', h.database.kind)} <span className="tnum">{h.database.size != null && `(${bytes(h.database.size)})`}</span>
          </dd>
        </dl>
      </Panel>
    </div>
  )
}

function Next({ kind, at, name }: { kind: string; at: string; name?: string }) {
  const { t } = useTranslation()
  return (
    <>
      <dt>{name ?? word(t, 'schedules.of', kind)}</dt>
      <dd className="tnum">{planned(at)}</dd>
    </>
  )
}

function Panel({ id, title, children }: { id: string; title: string; children: React.ReactNode }) {
  return (
    <section className="panel pad" style={{ margin: 0 }} aria-labelledby={id}>
      <h2 id={id} style={{ fontSize: 15, marginBottom: 8 }}>
        {title}
      </h2>
      {children}
    </section>
  )
}

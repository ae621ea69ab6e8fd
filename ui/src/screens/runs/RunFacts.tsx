import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { RunRow } from '../../client/types.gen'
import { between, count, duration, second } from '../../format'
import { word } from '../../i18n'
import { routes } from '../../routes'

/** Records that were read and have no outcome of their own. */
const WITHOUT = ['overlap', 'deselected', 'paired', 'unplanned', 'reread'] as const

export function RunFacts({ run }: { run: RunRow }) {
  const { t } = useTranslation()
  const without = WITHOUT.filter((key) => run.counts[key])
  return (
    <section className="panel pad" aria-labelledby="facts">
      <h2 id="facts" style={{ fontSize: 15, marginBottom: 8 }}>
        {t('run.facts')}
      </h2>
      <dl className="facts">
        <dt>{t('run.sync')}</dt>
        <dd>
          <Link to={routes.sync(run.sync.id)}>{run.sync.name}</Link>
        </dd>
        <dt>{t('run.trigger')}</dt>
        <dd>
          {word(t, 'trigger', run.trigger)}
          {run.started_by && ` (${run.started_by})`}
        </dd>
        <dt>{t('schedules.run_as')}</dt>
        <dd>{run.run_as ?? '–'}</dd>
        <dt>{t('run.started')}</dt>
        <dd className="tnum">{second(run.started_at)}</dd>
        <dt>{t('run.ended')}</dt>
        <dd className="tnum">
          {second(run.ended_at)}
          {run.started_at && run.ended_at && ` (${duration(between(run.started_at, run.ended_at))})`}
        </dd>
        <dt>{t('run.read_total')}</dt>
        <dd className="tnum">
          {t('run.records', { n: count(run.counts.read) })}
          {without.length > 0 && <span className="sub"> ({without.map((key) => `${t(`run.without.${key}`)} ${count(run.counts[key])}`).join(' / ')})</span>}
        </dd>
        <dt>{t('run.calls')}</dt>
        <dd className="tnum">{run.calls.length ? run.calls.map((c) => t('plan.calls', { name: c.connection.name, n: count(c.calls) })).join(' / ') : '–'}</dd>
        <dt>{t('run.number')}</dt>
        <dd className="mono">{run.id}</dd>
      </dl>
    </section>
  )
}

import { useQueries } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { listItems } from '../../client/sdk.gen'
import type { RunRow } from '../../client/types.gen'
import { count } from '../../format'
import { routes } from '../../routes'
import { useDecide } from './RunActions'
import { ActionButton } from '../../parts/ActionButton'

const OPS = ['create', 'update', 'bind'] as const

/** How many records each kind of change concerns: the list of items counts them. */
function usePlanned(run: RunRow): (number | undefined)[] {
  return useQueries({
    queries: OPS.map((op) => ({
      queryKey: ['items', run.id, 'planned', op],
      queryFn: () => ask(listItems({ path: { run_id: run.id }, query: { op, outcome: 'planned', page_size: 1 } })),
    })),
  }).map((q) => q.data?.total ?? undefined)
}

/** What the run will do and what it will cost; nothing has been written. The plan shown is the one that is applied. */
export function PlanPanel({ run }: { run: RunRow }) {
  const { t } = useTranslation()
  const decide = useDecide(run)
  const c = run.counts
  const [created, updated, bound] = usePlanned(run)
  const figure = (label: string, n: number | undefined, query: string) => (
    <div>
      <dt>{label}</dt>
      <dd>
        <Link to={routes.run(run.id, query)}>{count(n)}</Link>
      </dd>
    </div>
  )
  return (
    <section className="panel pad" aria-labelledby="plan" style={{ borderColor: 'var(--primary)' }}>
      <div className="panel-head">
        <h2 id="plan" style={{ fontSize: 15 }}>
          {t('plan.title')}
        </h2>
        <span className="sub">{t('plan.nothing_written')}</span>
      </div>
      {run.state === 'held' && !run.problem && <div className="note attention">{t('plan.held')}</div>}
      <dl className="figures">
        {figure(t('plan.create'), created, 'op=create&outcome=planned')}
        {figure(t('plan.update'), updated, 'op=update&outcome=planned')}
        {bound ? figure(t('plan.bind'), bound, 'op=bind&outcome=planned') : null}
        {figure(t('plan.unchanged'), c.unchanged, 'outcome=unchanged')}
        {figure(t('plan.failed'), c.failed, 'outcome=failed')}
        {figure(t('plan.skipped'), (c.skipped ?? 0) + (c.blocked ?? 0), 'outcome=skipped,blocked')}
      </dl>
      <h3 style={{ margin: '12px 0 4px' }}>{t('plan.cost')}</h3>
      {run.cost.length ? (
        <ul style={{ margin: 0, paddingLeft: 18 }}>
          {run.cost.map((x) => (
            <li key={x.connection.id}>{t('plan.calls', { name: x.connection.name, n: count(x.calls) })}</li>
          ))}
        </ul>
      ) : (
        <p className="sub" style={{ margin: 0 }}>
          {t('plan.no_calls')}
        </p>
      )}
      {(run.actions ?? []).includes('apply') && (
        <div className="row" style={{ marginTop: 12, justifyContent: 'flex-end' }}>
          <ActionButton busy={decide.isPending && decide.variables === 'apply'} onClick={() => decide.mutate('apply')}>
            {t('plan.apply', { n: count((created ?? 0) + (updated ?? 0) + (bound ?? 0)) })}
          </ActionButton>
        </div>
      )}
    </section>
  )
}

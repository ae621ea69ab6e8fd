import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { LastRun } from '../../client/types.gen'
import { count } from '../../format'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'

/** The last run in one line; each count opens its records. */
export function ResultLine({ run, when }: { run: LastRun; when: string }) {
  const { t } = useTranslation()
  return (
    <div className="row small" style={{ marginTop: 4 }}>
      <StatusChip of="run" state={run.state} />
      <Link to={routes.run(run.run_id)} className="tnum">
        {when}
      </Link>
      <span className="tnum">
        <Link to={routes.run(run.run_id, 'outcome=targets')}>{t('result.targets_n', { n: count(run.targets) })}</Link>
        {' / '}
        <Link to={routes.run(run.run_id, 'outcome=succeeded')}>{t('result.succeeded_n', { n: count(run.succeeded) })}</Link>
        {' / '}
        <Link to={routes.run(run.run_id, 'outcome=failed')}>{t('result.failed_n', { n: count(run.failed) })}</Link>
      </span>
      {run.problem && <span>{run.problem.title}</span>}
    </div>
  )
}

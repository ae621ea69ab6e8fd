import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ScheduleResult } from '../../client/types.gen'
import { count, day, minute } from '../../format'
import { ProblemNote } from '../../parts/ProblemNote'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'

/** Where the records behind a count are listed: the run itself, or the runs that were started together. */
export function countLink(result: ScheduleResult, outcome: string): string {
  return result.runs.length === 1 ? routes.run(result.runs[0]!, `outcome=${outcome}`) : `${routes.runs}?batch=${result.batch}&outcome=${outcome}`
}

/** 定期実行の結果: exactly the four values of FK-45, each count opening its records. */
export function ResultPanel({ result, compact }: { result: ScheduleResult | null; compact?: boolean }) {
  const { t } = useTranslation()
  if (!result) return <p className="sub">{t('result.none')}</p>
  const figure = (outcome: string, label: string, n: number) => (
    <div>
      <dt>{label}</dt>
      <dd>
        <Link to={countLink(result, outcome)}>{count(n)}</Link>
      </dd>
    </div>
  )
  return (
    <div className="stack">
      <dl className="figures" style={compact ? { gridTemplateColumns: 'repeat(3, 1fr)' } : undefined}>
        <div style={compact ? { gridColumn: '1 / -1' } : undefined}>
          <dt>{t('result.ran_at')}</dt>
          <dd className="text">
            {minute(result.ran_at)} <StatusChip of="run" state={result.state} />
          </dd>
        </div>
        {figure('targets', t('result.targets'), result.targets)}
        {figure('succeeded', t('result.succeeded'), result.succeeded)}
        {figure('failed', t('result.failed'), result.failed)}
      </dl>
      {result.late_for && <div className="note attention small">{t('result.late', { date: day(result.late_for) })}</div>}
      {(result.not_reached ?? 0) > 0 && <div className="small sub">{t('result.not_reached', { n: count(result.not_reached) })}</div>}
      {result.problem && (compact ? <div className="small">{result.problem.title}</div> : <ProblemNote problem={result.problem} tone={result.state === 'error' ? 'bad' : 'attention'} />)}
    </div>
  )
}

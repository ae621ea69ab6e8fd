import { useTranslation } from 'react-i18next'
import type { RunRow } from '../../client/types.gen'
import { count } from '../../format'
import { word } from '../../i18n'

/** Bars with names and counts; a live region speaks at each quarter. */
export function ProgressPanel({ run }: { run: RunRow }) {
  const { t } = useTranslation()
  const { read, planned, done, total, percent } = run.progress
  const quarter = percent === null ? null : Math.floor(percent / 25) * 25
  return (
    <section className="panel pad" aria-labelledby="progress">
      <div className="panel-head">
        <h2 id="progress" style={{ fontSize: 15 }}>
          {t('run.progress')} {percent !== null && <span className="tnum">{percent}%</span>}
        </h2>
        <span className="sub">{word(t, 'phase', run.state === 'queued' ? 'queued' : run.phase)}</span>
      </div>
      <div className="bar" role="progressbar" aria-label={t('run.progress')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent ?? undefined}>
        <i style={{ width: `${percent ?? 0}%` }} />
      </div>
      <dl className="facts" style={{ marginTop: 12 }}>
        <dt>{t('run.read')}</dt>
        <dd className="tnum">{t('run.records', { n: count(read) })}</dd>
        <dt>{t('run.planned')}</dt>
        <dd className="tnum">{t('run.records', { n: count(planned) })}</dd>
        <dt>{t('run.done')}</dt>
        <dd className="tnum">{total === null ? t('run.records', { n: count(done) }) : t('run.of', { done: count(done), total: count(total) })}</dd>
      </dl>
      <div className="sr" role="status" aria-label={t('run.progress')}>
        {quarter !== null && t('run.spoken', { percent: quarter })}
      </div>
    </section>
  )
}

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Counts, RunRow } from '../../client/types.gen'
import { count, minute } from '../../format'
import { word } from '../../i18n'
import { routes } from '../../routes'

const PARTS = ['created', 'updated', 'unchanged', 'skipped', 'blocked', 'not_reached', 'not_counted'] as const

/** 実行日時・対象件数・成功件数・失敗件数, then what they are made of; every count opens its records. */
export function ResultFigures({ run }: { run: RunRow }) {
  const { t } = useTranslation()
  const link = (outcome: keyof Counts, label: string) => (
    <div key={outcome}>
      <dt>{label}</dt>
      <dd>
        <Link to={routes.run(run.id, `outcome=${outcome}`)}>{count(run.counts[outcome])}</Link>
      </dd>
    </div>
  )
  const parts = PARTS.filter((p) => run.counts[p])
  return (
    <section aria-label={t('result.title')}>
      <dl className="figures">
        <div>
          <dt>{t('result.ran_at')}</dt>
          <dd className="text">{minute(run.started_at ?? run.created_at)}</dd>
        </div>
        {link('targets', t('result.targets'))}
        {link('succeeded', t('result.succeeded'))}
        {link('failed', t('result.failed'))}
      </dl>
      {parts.length > 0 && (
        <p className="small sub" style={{ margin: '6px 0 0' }}>
          {parts.map((p, i) => (
            <span key={p}>
              {i > 0 && ' ・ '}
              <Link to={routes.run(run.id, `outcome=${p}`)}>
                {word(t, 'state.outcome', p)} {count(run.counts[p])}
              </Link>
            </span>
          ))}
        </p>
      )}
    </section>
  )
}

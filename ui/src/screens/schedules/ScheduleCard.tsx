import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ScheduleCard as Card } from '../../client/types.gen'
import { planned } from '../../format'
import { word } from '../../i18n'
import { usePresetNames } from '../../i18n/ties'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import { frequencyText } from './form'
import { ResultPanel } from './ResultPanel'

/** One kind at a glance: on or off, direction, frequency, next run, last result. */
export function ScheduleCard({ card }: { card: Card }) {
  const { t } = useTranslation()
  const names = usePresetNames(card.linked)
  return (
    <section className="panel pad" style={{ margin: 0 }} aria-label={word(t, 'schedules.of', card.kind)}>
      <div className="panel-head">
        <h2 style={{ fontSize: 15 }}>
          <Link to={routes.schedule(card.kind)}>{word(t, 'schedules.of', card.kind)}</Link>
        </h2>
        <StatusChip of="schedule" state={card.enabled ? 'enabled' : 'disabled'} />
      </div>
      <dl className="facts" style={{ marginBottom: 12 }}>
        <dt>{t('schedules.direction')}</dt>
        <dd>{word(t, 'direction', card.direction, names)}</dd>
        <dt>{t('schedules.frequency')}</dt>
        <dd>{frequencyText(t, card)}</dd>
        <dt>{t('schedules.next')}</dt>
        <dd>{card.enabled && card.next_at ? planned(card.next_at) : t('schedules.no_next')}</dd>
      </dl>
      {card.reason && <p className="small sub">{card.reason.title}</p>}
      <ResultPanel result={card.result ?? null} compact />
    </section>
  )
}

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ScheduleCard as Card } from '../../client/types.gen'
import { planned } from '../../format'
import { word } from '../../i18n'
import { useNamesOf, usePresetNames } from '../../i18n/ties'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import { frequencyText } from './form'
import { ResultPanel } from './ResultPanel'

/** What runs by itself: the three kinds of the ready-made setup, unless only other pairs are synced, and every other sync. */
export function ScheduleCards({ kinds, syncs }: { kinds: Card[]; syncs: Card[] }) {
  const shown = kinds.some((card) => card.linked) || !syncs.length ? [...kinds, ...syncs] : syncs
  return (
    <div className="grid">
      {shown.map((card) => (
        <ScheduleCard key={card.sync?.id ?? card.kind} card={card} />
      ))}
    </div>
  )
}

/** One kind or sync at a glance: on or off, direction, frequency, next run, last result. */
function ScheduleCard({ card }: { card: Card }) {
  const { t } = useTranslation()
  const preset = usePresetNames(card.linked)
  const own = useNamesOf()(card.sync?.id)
  const names = card.sync ? own : preset
  const title = card.sync?.name ?? word(t, 'schedules.of', card.kind)
  return (
    <section className="panel pad" style={{ margin: 0 }} aria-label={title}>
      <div className="panel-head">
        <h2 style={{ fontSize: 15 }}>
          <Link to={card.sync ? `${routes.sync(card.sync.id)}?tab=settings` : routes.schedule(card.kind)}>{title}</Link>
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

import { Group } from '@mantine/core'
import { Eye } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { createPair, runSync } from '../../client/sdk.gen'
import type { PairCreateIn, PairDraft } from '../../client/types.gen'
import { count } from '../../format'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { FailureNote } from '../../parts/ProblemNote'
import { routes } from '../../routes'
import { frequencyText, timed } from '../schedules/form'
import { asked, type Chosen, type Edited } from './pair'

interface Props {
  chosen: Chosen
  draft: PairDraft
  at: Edited
  onBack: () => void
}

/** Step 4: makes the sync and shows its first plan; that plan is applied on the run's own page. */
export function PairSummary({ chosen, draft, at, onBack }: Props) {
  const { t } = useTranslation()
  const may = useMay()
  const go = useNavigate()
  const start = useAct(
    async () => {
      const body: PairCreateIn = {
        ...asked(chosen, at),
        name: at.name,
        duplicate_policy: at.duplicate as PairCreateIn['duplicate_policy'],
        conflict_policy: at.conflict as PairCreateIn['conflict_policy'],
        schedule: { enabled: at.schedule.enabled, ...timed(at.schedule) },
      }
      const made = await ask(createPair({ body }))
      if (!may('run')) return { to: routes.sync(made.sync_id) }
      const { run_id } = await ask(runSync({ path: { sync_id: made.sync_id }, body: { preview: true } }))
      return { to: routes.run(run_id) }
    },
    { quiet: true, stale: [['session'], ['syncs'], ['runs'], ['connections'], ['pair-setup', 'topics']], done: ({ to }) => void go(to) },
  )
  const ends = { left: t('pair.left', { name: draft.left_label }), right: t('pair.right', { name: draft.right_label }) }
  const rows = asked(chosen, at)
  return (
    <section className="panel pad" aria-labelledby="summary">
      <h2 id="summary" style={{ fontSize: 15, marginBottom: 8 }}>
        {t('pair.step.start')}
      </h2>
      {Boolean(start.error) && <FailureNote error={start.error} />}
      <dl className="facts">
        <dt>{t('pair.name')}</dt>
        <dd>{at.name}</dd>
        <dt>{t('schedules.direction')}</dt>
        <dd>{at.directions.map((d) => <div key={d}>{t(`pair.${d}`, ends)}</div>)}</dd>
        <dt>{t('mapping.tab')}</dt>
        <dd>{t('pair.rows', { n: count(rows.rows.length) })}</dd>
        <dt>{t('match.title')}</dt>
        <dd>{t('pair.keys', { n: count(rows.match_keys?.length ?? 0) })}</dd>
        <dt>{t('syncs.duplicates')}</dt>
        <dd>{word(t, 'duplicate_policy', at.duplicate)}</dd>
        <dt>{t('syncs.conflicts')}</dt>
        <dd>{word(t, 'pair.conflict', at.conflict)}</dd>
        <dt>{t('pair.scheduled')}</dt>
        <dd>{at.schedule.enabled ? frequencyText(t, at.schedule) : t('pair.by_hand')}</dd>
      </dl>
      <div className="note info" style={{ marginTop: 12 }}>
        {t('pair.start_about')}
      </div>
      <Group justify="space-between" mt="md">
        <ActionButton variant="default" onClick={onBack} disabled={start.isPending}>
          {t('pair.back')}
        </ActionButton>
        <ActionButton busy={start.isPending} leftSection={<Eye size={14} aria-hidden />} onClick={() => start.mutate()}>
          {t(may('run') ? 'pair.start' : 'pair.create')}
        </ActionButton>
      </Group>
    </section>
  )
}

import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { handOverSchedule, listUsers } from '../../client/sdk.gen'
import type { ScheduleOut } from '../../client/types.gen'
import { useAct } from '../../parts/act'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import type { ScheduleKind } from './form'

/** Whose authority the automatic runs use (初期設定者), and handing it over (FK-06, FK-07). */
export function RunAsPanel({ kind, schedule }: { kind: ScheduleKind; schedule: ScheduleOut }) {
  const { t } = useTranslation()
  const may = useMay()
  const users = useQuery({ queryKey: ['users'], queryFn: () => ask(listUsers()), enabled: may('administer') })
  const hand = useAct((user_id: number) => ask(handOverSchedule({ path: { kind }, body: { user_id } })), {
    stale: [['schedules']],
    said: t('schedules.handed_over'),
  })
  return (
    <section className="panel pad" aria-labelledby="run-as">
      <h2 id="run-as" style={{ fontSize: 15 }}>
        {t('schedules.run_as')}
      </h2>
      <p className="sub" style={{ margin: '2px 0 8px' }}>
        {t('schedules.run_as_about')}
      </p>
      <div className="row">
        {users.data ? (
          <Select
            aria-label={t('schedules.run_as')}
            w={240}
            data={users.data.rows.map((u) => ({ value: String(u.id), label: u.name || u.email }))}
            value={schedule.run_as.user_id ? String(schedule.run_as.user_id) : null}
            placeholder={t('state.person.none')}
            onChange={(id) => id && hand.mutate(Number(id))}
            allowDeselect={false}
            disabled={hand.isPending || !schedule.linked}
          />
        ) : (
          <strong>{schedule.run_as.user ?? '–'}</strong>
        )}
        <StatusChip of="person" state={schedule.run_as.state} />
      </div>
      {schedule.syncs.length > 0 && (
        <p className="small" style={{ margin: '10px 0 0' }}>
          {t('schedules.mapping')}:{' '}
          {schedule.syncs.map((s, i) => (
            <span key={s.id}>
              {i > 0 && ' / '}
              <Link to={routes.sync(s.id)}>{s.name}</Link>
            </span>
          ))}
        </p>
      )}
    </section>
  )
}

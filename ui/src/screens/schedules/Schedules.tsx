import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { listSchedules } from '../../client/sdk.gen'
import { Answered, Page } from '../../parts/Page'
import { ScheduleCards } from './ScheduleCard'

export default function Schedules() {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['schedules'], queryFn: () => ask(listSchedules()), refetchInterval: 30_000 })
  return (
    <Page title={t('schedules.title')} about={t('schedules.about')}>
      <Answered query={query} lines={8}>
        {({ rows, syncs }) => <ScheduleCards kinds={rows} syncs={syncs} />}
      </Answered>
    </Page>
  )
}

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Eye, Play, RotateCcw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { getSchedule, resyncSchedule, runSchedule } from '../../client/sdk.gen'
import type { ScheduleOut } from '../../client/types.gen'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { useConfirm } from '../../parts/Confirm'
import { Answered, Page } from '../../parts/Page'
import { ProblemNote } from '../../parts/ProblemNote'
import { ACTIVE } from '../../parts/status'
import { routes } from '../../routes'
import { whereTo } from '../masters/MasterCard'
import NotFound from '../start/NotFound'
import { isKind, type ScheduleKind } from './form'
import { History } from './History'
import { ResultPanel } from './ResultPanel'
import { RunAsPanel } from './RunAsPanel'
import { SettingsPanel } from './SettingsPanel'

export const scheduleQuery = (kind: ScheduleKind) => ({ queryKey: ['schedules', kind], queryFn: () => ask(getSchedule({ path: { kind } })) })

export default function Schedule() {
  const { kind } = useParams()
  return isKind(kind) ? <OfKind key={kind} kind={kind} /> : <NotFound />
}

function OfKind({ kind }: { kind: ScheduleKind }) {
  const { t } = useTranslation()
  const query = useQuery({
    ...scheduleQuery(kind),
    refetchInterval: (q) => (ACTIVE.has(q.state.data?.result?.state ?? '') ? 2_000 : 30_000),
  })
  return (
    <Page
      title={word(t, 'schedules.of', kind)}
      about={t('schedules.about_one', { kind: word(t, 'kind', kind) })}
      crumb={<Link to={routes.schedules}>{t('schedules.title')}</Link>}
      actions={query.data && <Actions kind={kind} schedule={query.data} />}
    >
      <Answered query={query} lines={10}>
        {(schedule) => (
          <div className="stack">
            {schedule.reason && (
              <ProblemNote
                problem={schedule.reason}
                tone="attention"
                action={
                  !schedule.linked ? (
                    <Button component={Link} to={routes.masters}>
                      {t('schedules.to_masters')}
                    </Button>
                  ) : undefined
                }
              />
            )}
            <SettingsPanel kind={kind} schedule={schedule} />
            <section className="panel pad" aria-labelledby="result">
              <h2 id="result" style={{ fontSize: 15, marginBottom: 8 }}>
                {t('result.title')}
              </h2>
              <ResultPanel result={schedule.result ?? null} />
            </section>
            <RunAsPanel kind={kind} schedule={schedule} />
            <section aria-labelledby="history">
              <h2 id="history" style={{ fontSize: 15, margin: '4px 0 8px' }}>
                {t('schedules.history')}
              </h2>
              <History kind={kind} />
            </section>
          </div>
        )}
      </Answered>
    </Page>
  )
}

function Actions({ kind, schedule }: { kind: ScheduleKind; schedule: ScheduleOut }) {
  const { t } = useTranslation()
  const may = useMay()
  const go = useNavigate()
  const confirm = useConfirm()
  const start = useAct((preview: boolean) => ask(runSchedule({ path: { kind }, body: { preview } })), {
    stale: [['schedules'], ['runs'], ['setup']],
    done: (started) => void go(whereTo(started)),
  })
  const resync = useAct(() => ask(resyncSchedule({ path: { kind } })), { stale: [['schedules']], said: t('schedules.resync_done') })
  if (!may('run') || !schedule.linked) return null
  const all = async () => {
    if (await confirm({ title: t('schedules.resync'), text: t('schedules.resync_text'), yes: t('schedules.resync') })) resync.mutate()
  }
  return (
    <>
      <ActionButton variant="default" busy={resync.isPending} leftSection={<RotateCcw size={14} aria-hidden />} onClick={() => void all()}>
        {t('schedules.resync')}
      </ActionButton>
      <ActionButton variant="default" busy={start.isPending && start.variables} leftSection={<Eye size={14} aria-hidden />} onClick={() => start.mutate(true)}>
        {t('run.preview')}
      </ActionButton>
      <ActionButton busy={start.isPending && !start.variables} leftSection={<Play size={14} aria-hidden />} onClick={() => start.mutate(false)}>
        {t('run.now')}
      </ActionButton>
    </>
  )
}

import { Radio, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { putSchedule } from '../../client/sdk.gen'
import type { ScheduleOut } from '../../client/types.gen'
import { planned } from '../../format'
import { useAct } from '../../parts/act'
import { usePresetNames } from '../../i18n/ties'
import { FailureNote } from '../../parts/ProblemNote'
import { SaveBar } from '../../parts/Unsaved'
import { Frequency } from './Frequency'
import { fromApi, same, toApi, type Form, type ScheduleKind } from './form'

interface Props {
  kind: ScheduleKind
  schedule: ScheduleOut
}

export function SettingsPanel({ kind, schedule }: Props) {
  const { t } = useTranslation()
  const may = useMay()
  const names = usePresetNames(schedule.linked)
  const stored = fromApi(schedule)
  const [edit, setEdit] = useState<{ form: Form; version: number } | null>(null)
  const form = edit?.form ?? stored
  const dirty = edit !== null && !same(form, stored)
  const set = (change: Partial<Form>) => setEdit({ form: { ...form, ...change }, version: edit?.version ?? schedule.version })
  const save = useAct(() => ask(putSchedule({ path: { kind }, body: toApi(form, edit?.version ?? schedule.version) })), {
    quiet: true,
    stale: [['schedules'], ['setup'], ['dashboard']],
    said: t('schedules.saved'),
    done: () => setEdit(null),
  })
  const locked = !may('schedule')
  return (
    <section className="panel pad" aria-labelledby="settings">
      <h2 id="settings" style={{ fontSize: 15, marginBottom: 8 }}>
        {t('schedules.settings')}
      </h2>
      {locked && <p className="sub">{t('schedules.no_right')}</p>}
      {Boolean(save.error) && <FailureNote error={save.error} />}
      <Stack gap="lg">
        <Radio.Group
          label={t('schedules.enabling')}
          description={!schedule.can_enable ? schedule.reason?.title : undefined}
          value={form.enabled ? 'enabled' : 'disabled'}
          onChange={(v) => set({ enabled: v === 'enabled' })}
        >
          <div className="row" style={{ gap: 20, marginTop: 4 }}>
            <Radio value="enabled" label={t('state.schedule.enabled')} disabled={locked || (!schedule.can_enable && !schedule.enabled)} />
            <Radio value="disabled" label={t('state.schedule.disabled')} disabled={locked} />
          </div>
        </Radio.Group>
        <Radio.Group label={t('schedules.direction')} value={form.direction} onChange={(v) => set({ direction: v as Form['direction'] })}>
          <div className="row" style={{ gap: 20, marginTop: 4 }}>
            <Radio value="to_left" label={t('direction.to_left', names)} disabled={locked} />
            <Radio value="to_right" label={t('direction.to_right', names)} disabled={locked} />
          </div>
        </Radio.Group>
        <Frequency when={form} set={set} locked={locked} />
        <Timing schedule={schedule} dirty={dirty} />
      </Stack>
      <SaveBar dirty={dirty} saving={save.isPending} onSave={() => save.mutate()} onUndo={() => { setEdit(null); save.reset() }} />
    </section>
  )
}

function Timing({ schedule, dirty }: { schedule: ScheduleOut; dirty: boolean }) {
  const { t } = useTranslation()
  const [from, to] = schedule.window
  return (
    <dl className="facts">
      <dt>{t('schedules.window')}</dt>
      <dd>
        {from}–{to} ({schedule.zone}) <span className="sub small">{t('schedules.window_help')}</span>
      </dd>
      <dt>{t('schedules.next')}</dt>
      <dd>{dirty ? t('schedules.next_after_save') : schedule.enabled && schedule.next_at ? <strong>{planned(schedule.next_at)}</strong> : t('schedules.no_next')}</dd>
      {!dirty && schedule.enabled && schedule.upcoming.length > 1 && (
        <>
          <dt>{t('schedules.upcoming')}</dt>
          <dd className="sub tnum">{schedule.upcoming.slice(1).map((at) => planned(at)).join(' / ')}</dd>
        </>
      )}
    </dl>
  )
}

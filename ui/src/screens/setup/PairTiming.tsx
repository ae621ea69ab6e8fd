import { Stack, Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { getTiming, putTiming } from '../../client/sdk.gen'
import type { TimingOut } from '../../client/types.gen'
import { planned } from '../../format'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { Answered } from '../../parts/Page'
import { FailureNote, ProblemNote } from '../../parts/ProblemNote'
import { Frequency } from '../schedules/Frequency'
import { timed, whenOf } from '../schedules/form'

/** When a sync of the any-pair set-up runs by itself; the three kinds of the preset have screens of their own. */
export function PairTiming({ sync }: { sync: number }) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['syncs', sync, 'timing'], queryFn: () => ask(getTiming({ path: { sync_id: sync } })) })
  return (
    <section className="panel pad" aria-labelledby="timing">
      <h2 id="timing" style={{ fontSize: 15, marginBottom: 8 }}>
        {t('pair.timing')}
      </h2>
      <Answered query={query} lines={3}>
        {(timing) => <Form key={timing.version} sync={sync} timing={timing} />}
      </Answered>
    </section>
  )
}

function Form({ sync, timing }: { sync: number; timing: TimingOut }) {
  const { t } = useTranslation()
  const may = useMay()
  const stored = { enabled: timing.enabled, ...whenOf(timing) }
  const [form, setForm] = useState(stored)
  const dirty = form.enabled !== stored.enabled || JSON.stringify(timed(form)) !== JSON.stringify(timed(stored))
  const save = useAct(() => ask(putTiming({ path: { sync_id: sync }, body: { enabled: form.enabled, ...timed(form), version: timing.version } })), {
    quiet: true,
    stale: [['syncs', sync], ['schedules'], ['dashboard']],
    said: t('pair.timing_saved'),
  })
  return (
    <>
      {Boolean(save.error) && <FailureNote error={save.error} />}
      {timing.reason && <ProblemNote problem={timing.reason} tone="attention" />}
      <Stack gap="md" align="flex-start">
        <Switch label={t('pair.scheduled')} checked={form.enabled} disabled={!may('schedule') || (!timing.can_enable && !form.enabled)} onChange={(e) => setForm({ ...form, enabled: e.currentTarget.checked })} />
        {form.enabled && <Frequency when={form} set={(change) => setForm({ ...form, ...change })} locked={!may('schedule')} />}
        <ActionButton variant="default" busy={save.isPending} disabled={!dirty || !may('schedule')} onClick={() => save.mutate()}>
          {t('common.save')}
        </ActionButton>
      </Stack>
      <p className="sub small tnum" style={{ margin: '6px 0 0' }}>
        {t('schedules.next')}: {timing.next_at ? planned(timing.next_at) : t('schedules.no_next')}
      </p>
    </>
  )
}

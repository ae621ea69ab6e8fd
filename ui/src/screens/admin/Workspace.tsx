import { Checkbox, NumberInput, Select, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { getWorkspace, patchWorkspace } from '../../client/sdk.gen'
import type { WorkspaceOut } from '../../client/types.gen'
import { useAct } from '../../parts/act'
import { Answered, Page } from '../../parts/Page'
import { FailureNote } from '../../parts/ProblemNote'
import { SearchSelect } from '../../parts/SearchSelect'
import { SaveBar } from '../../parts/Unsaved'

export default function Workspace() {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['workspace'], queryFn: () => ask(getWorkspace()), refetchOnWindowFocus: false })
  return (
    <Page title={t('workspace.title')} about={t('workspace.about')}>
      <Answered query={query} lines={8}>
        {(data) => <Form key={JSON.stringify(data)} workspace={data} />}
      </Answered>
    </Page>
  )
}

const zones = (): string[] => Intl.supportedValuesOf('timeZone')

function Form({ workspace: w }: { workspace: WorkspaceOut }) {
  const { t } = useTranslation()
  const may = useMay()
  const locked = !may('administer')
  const before = { name: w.name, time_zone: w.time_zone, language: w.language, ...w.settings }
  const [form, setForm] = useState(before)
  const set = (change: Partial<typeof form>) => setForm((old) => ({ ...old, ...change }))
  const dirty = JSON.stringify(form) !== JSON.stringify(before)
  const save = useAct(
    () => {
      const { name, time_zone, language, ...settings } = form
      return ask(patchWorkspace({ body: { name, time_zone, language, settings } }))
    },
    { quiet: true, stale: [['workspace'], ['session'], ['schedules']], said: t('common.saved') },
  )
  const [from = '', to = ''] = form.night_window
  return (
    <section className="panel pad">
      {Boolean(save.error) && <FailureNote error={save.error} />}
      <Stack gap="lg" maw={560}>
        <TextInput label={t('workspace.name')} required value={form.name} onChange={(e) => set({ name: e.currentTarget.value })} disabled={locked} />
        <SearchSelect label={t('workspace.zone')} description={t('workspace.zone_help')} data={zones().map((z) => ({ value: z, label: z }))} value={form.time_zone} onChange={(z) => z && set({ time_zone: z })} allowDeselect={false} disabled={locked} />
        <Select
          label={t('workspace.language')}
          description={t('workspace.language_help')}
          data={[
            { value: 'ja', label: '日本語' },
            { value: 'en', label: 'English' },
          ]}
          value={form.language}
          onChange={(l) => l && set({ language: l })}
          allowDeselect={false}
          disabled={locked}
        />
        <fieldset>
          <legend>{t('workspace.window')}</legend>
          <div className="sub small">{t('workspace.window_help')}</div>
          <div className="row" style={{ marginTop: 4 }}>
            <TextInput type="time" aria-label={t('workspace.window_from')} value={from} onChange={(e) => set({ night_window: [e.currentTarget.value, to] })} disabled={locked} w={120} />
            <span>–</span>
            <TextInput type="time" aria-label={t('workspace.window_to')} value={to} onChange={(e) => set({ night_window: [from, e.currentTarget.value] })} disabled={locked} w={120} />
          </div>
        </fieldset>
        <NumberInput label={t('workspace.retention')} description={t('workspace.retention_help')} min={90} max={3650} clampBehavior="blur" value={form.retention_days} onChange={(n) => set({ retention_days: Number(n) })} disabled={locked} maw={200} />
        <NumberInput label={t('workspace.quota')} description={t('workspace.quota_help')} min={10} max={100} suffix="%" clampBehavior="blur" value={form.quota_share} onChange={(n) => set({ quota_share: Number(n) })} disabled={locked} maw={200} />
        <Checkbox label={t('workspace.open')} description={t('workspace.open_help')} checked={form.open_configuration} onChange={(e) => set({ open_configuration: e.currentTarget.checked })} disabled={locked} />
      </Stack>
      <SaveBar
        dirty={dirty}
        saving={save.isPending}
        onSave={() => save.mutate()}
        onUndo={() => {
          setForm(before)
          save.reset()
        }}
      />
    </section>
  )
}

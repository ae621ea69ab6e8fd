import { Checkbox, Radio, Select, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { listUsers, patchSync } from '../../client/sdk.gen'
import type { DraftIn, SyncDetail, SyncPatch } from '../../client/types.gen'
import { planned } from '../../format'
import { word } from '../../i18n'
import { useAct } from '../../parts/act'
import { FailureNote } from '../../parts/ProblemNote'
import { SaveBar } from '../../parts/Unsaved'
import { routes } from '../../routes'
import { ConsequenceButton } from './Consequence'
import { finished, SelectionEditor, selectionOf } from './SelectionEditor'

const DUPLICATES = ['fail', 'bind', 'skip', 'clone'] as const
const DIRECTIONS = ['to_left', 'to_right'] as const
const CONFLICTS = ['ask', 'newest', 'left', 'right'] as const

const start = (s: SyncDetail) => ({ name: s.name, directions: s.directions, selection: selectionOf(s.selection), duplicate_policy: s.duplicate_policy, conflict_policy: s.conflict_policy, run_as: s.run_as.user_id ?? null })

/** What the mapping does not say: duplicates, conflicts, deletes, whose authority. */
export function SyncSettings({ sync }: { sync: SyncDetail }) {
  const { t } = useTranslation()
  const may = useMay()
  const editable = may('configure')
  const before = start(sync)
  const [form, setForm] = useState(before)
  const dirty = JSON.stringify(form) !== JSON.stringify(before)
  const users = useQuery({ queryKey: ['users'], queryFn: () => ask(listUsers()), enabled: may('administer') })
  // What a run goes by; only what differs is sent, so that the name alone has no consequence.
  const rules: Omit<DraftIn, 'version'> = {}
  if (form.duplicate_policy !== before.duplicate_policy) rules.duplicate_policy = form.duplicate_policy as DraftIn['duplicate_policy']
  if (form.conflict_policy !== before.conflict_policy) rules.conflict_policy = form.conflict_policy as DraftIn['conflict_policy']
  if (form.directions.join() !== before.directions.join()) rules.directions = form.directions as DraftIn['directions']
  if (JSON.stringify(finished(form.selection)) !== JSON.stringify(before.selection)) rules.selection = { ...finished(form.selection) }
  const save = useAct(
    () => {
      const body: SyncPatch = { version: sync.version, name: form.name, ...rules }
      if (form.run_as !== before.run_as && form.run_as !== null) body.run_as = form.run_as
      return ask(patchSync({ path: { sync_id: sync.id }, body }))
    },
    { quiet: true, stale: [['syncs']], said: t('common.saved') },
  )
  const policy = (key: 'duplicate_policy' | 'conflict_policy', title: string, about: string, values: readonly string[]) => (
    <Radio.Group label={title} description={about} value={form[key]} onChange={(v) => setForm({ ...form, [key]: v })}>
      <Stack gap="xs" mt={6}>
        {values.map((v) => (
          <Radio key={v} value={v} label={word(t, key, v)} disabled={!editable} />
        ))}
      </Stack>
    </Radio.Group>
  )
  return (
    <section className="panel pad">
      {Boolean(save.error) && <FailureNote error={save.error} />}
      <Stack gap="lg" maw={720}>
        <TextInput label={t('run.sync')} value={form.name} onChange={(e) => setForm({ ...form, name: e.currentTarget.value })} disabled={!editable} maw={420} />
        <dl className="facts">
          {sync.schedule && (
            <>
              <dt>{t('schedules.direction')}</dt>
              <dd>{sync.directions.map((d) => word(t, 'direction', d)).join(' / ')}</dd>
            </>
          )}
          {sync.schedule && sync.preset !== 'any_pair' && (
            <>
              <dt>{t('schedules.next')}</dt>
              <dd>
                <Link to={routes.schedule(sync.schedule.kind)}>{sync.schedule.enabled && sync.schedule.next_at ? planned(sync.schedule.next_at) : t('schedules.no_next')}</Link>
              </dd>
            </>
          )}
          <dt>{t('syncs.selection')}</dt>
          <dd>{word(t, 'selection', Array.isArray(sync.selection.all) && sync.selection.all.length > 0 ? 'all' : 'changed')}</dd>
          <dt>{t('syncs.deletes')}</dt>
          <dd>{word(t, 'delete_policy', sync.delete_policy)}</dd>
        </dl>
        {(!sync.schedule || sync.preset === 'any_pair') && (
          <Checkbox.Group label={t('schedules.direction')} value={form.directions} onChange={(directions) => setForm({ ...form, directions: DIRECTIONS.filter((d) => directions.includes(d)) })}>
            <Stack gap="xs" mt={6}>
              {DIRECTIONS.map((d) => (
                <Checkbox key={d} value={d} label={word(t, 'direction', d)} disabled={!editable} />
              ))}
            </Stack>
          </Checkbox.Group>
        )}
        <SelectionEditor sync={sync.id} value={form.selection} editable={editable} onChange={(selection) => setForm({ ...form, selection })} />
        {policy('duplicate_policy', t('syncs.duplicates'), t('syncs.duplicates_about'), DUPLICATES)}
        {policy('conflict_policy', t('syncs.conflicts'), t('syncs.conflicts_about'), CONFLICTS)}
        {users.data && (
          <Select
            label={t('schedules.run_as')}
            description={t('schedules.run_as_about')}
            maw={320}
            data={users.data.rows.map((u) => ({ value: String(u.id), label: u.name || u.email }))}
            value={form.run_as === null ? null : String(form.run_as)}
            onChange={(v) => v && setForm({ ...form, run_as: Number(v) })}
            allowDeselect={false}
          />
        )}
      </Stack>
      <SaveBar
        dirty={dirty}
        saving={save.isPending}
        blocked={form.directions.length ? undefined : t('syncs.no_direction')}
        before={sync.linked && Object.keys(rules).length > 0 && <ConsequenceButton sync={sync.id} draft={{ ...rules, version: sync.version }} blocked={!form.directions.length} />}
        onSave={() => save.mutate()}
        onUndo={() => {
          setForm(before)
          save.reset()
        }}
      />
    </section>
  )
}

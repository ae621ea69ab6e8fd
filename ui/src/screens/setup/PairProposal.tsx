import { Checkbox, Group, Radio, Stack, Switch, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { checkPair } from '../../client/sdk.gen'
import type { PairDraft } from '../../client/types.gen'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { ProblemNote } from '../../parts/ProblemNote'
import { LineRow } from '../mapping/LineRow'
import { MatchKeys } from '../mapping/MatchKeys'
import { problemsByLine, reduce, type Action } from '../mapping/state'
import { Frequency } from '../schedules/Frequency'
import { asked, type Chosen, type Edited, type Way } from './pair'

const DUPLICATES = ['bind', 'fail', 'skip', 'clone'] as const
const CONFLICTS = ['ask', 'newest', 'left', 'right'] as const

interface Props {
  chosen: Chosen
  draft: PairDraft
  at: Edited
  onChange: (at: Edited) => void
  onBack: () => void
  onNext: () => void
}

/** Step 3: how the two meet. The mapping is edited with the parts of the mapping screen; nothing is saved here. */
export function PairProposal({ chosen, draft, at, onChange, onBack, onNext }: Props) {
  const { t } = useTranslation()
  const ends = { left: t('pair.left', { name: draft.left_label }), right: t('pair.right', { name: draft.right_label }) }
  const send = (action: Action) => onChange({ ...at, mapping: reduce(at.mapping, action) })
  const fields = useMemo(
    () => ({ left: new Map(draft.mapping.left.fields.map((f) => [f.name, f])), right: new Map(draft.mapping.right.fields.map((f) => [f.name, f])) }),
    [draft],
  )
  const [sent] = useDebouncedValue(JSON.stringify(asked(chosen, at)), 300)
  const check = useQuery({
    queryKey: ['pair-setup', 'check', sent],
    queryFn: () => ask(checkPair({ body: JSON.parse(sent) })),
    enabled: at.directions.length > 0,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })
  const problems = check.data?.problems ?? draft.mapping.problems
  const byLine = problemsByLine(at.mapping, problems)
  const blocked = problems.some((p) => p.severity === 'error')
  const maybe = at.mapping.lines.filter((l) => l.proposal).length
  const lines = [...at.mapping.lines.filter((l) => l.proposal), ...at.mapping.lines.filter((l) => !l.proposal)]
  return (
    <div className="stack">
      <section className="panel pad" aria-labelledby="ways">
        <h2 id="ways" style={{ fontSize: 15 }}>
          {t('pair.step.proposal')}
        </h2>
        <p className="sub">{t('pair.proposal_about')}</p>
        <Stack gap="md">
          <TextInput label={t('pair.name')} value={at.name} onChange={(e) => onChange({ ...at, name: e.currentTarget.value })} maw={480} required />
          <Checkbox.Group label={t('schedules.direction')} value={at.directions} onChange={(v) => onChange({ ...at, directions: (['to_left', 'to_right'] as const).filter((d) => v.includes(d)) })} error={at.directions.length ? undefined : t('syncs.no_direction')}>
            <Stack gap="xs" mt={6}>
              {(['to_left', 'to_right'] as Way[]).map((d) => (
                <Checkbox key={d} value={d} label={t(`pair.${d}`, ends)} disabled={!draft.offered.includes(d)} description={draft.offered.includes(d) ? undefined : t('pair.not_offered')} />
              ))}
            </Stack>
          </Checkbox.Group>
        </Stack>
      </section>
      {byLine.get(0)?.map((p, i) => <ProblemNote key={i} problem={p.problem} tone={p.severity === 'error' ? 'bad' : 'attention'} />)}
      {maybe > 0 && (
        <div className="note info row" role="status">
          <span style={{ flex: 1 }}>{t('mapping.proposals', { n: maybe })}</span>
          <ActionButton variant="default" onClick={() => send({ type: 'dismiss' })}>
            {t('mapping.dismiss_all')}
          </ActionButton>
          <ActionButton variant="default" onClick={() => send({ type: 'accept' })}>
            {t('mapping.accept_all')}
          </ActionButton>
        </div>
      )}
      <section className="panel" aria-labelledby="fields">
        <h2 id="fields" style={{ fontSize: 15, padding: '12px 16px 8px' }}>
          {t('mapping.tab')}
        </h2>
        <div className="scroll" role="region" aria-label={t('mapping.tab')} tabIndex={0}>
          <table className="dt">
            <thead>
              <tr>
                <th scope="col" style={{ width: '27%' }}>{ends.left}</th>
                <th scope="col">{t('mapping.direction')}</th>
                <th scope="col" style={{ width: '27%' }}>{ends.right}</th>
                <th scope="col">{t('mapping.converter')}</th>
                <th scope="col">{t('mapping.status')}</th>
                <th scope="col">
                  <span className="sr">{t('common.actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <LineRow key={line.key} line={line} mapping={draft.mapping} fields={fields} problems={byLine.get(line.key)} editable send={send} />
              ))}
              {!lines.length && (
                <tr>
                  <td colSpan={6} className="empty">
                    {t('pair.no_rows')}
                  </td>
                </tr>
              )}
            </tbody>
          </table>
        </div>
        <div style={{ padding: '8px 12px', borderTop: '1px solid var(--line)' }}>
          <ActionButton variant="subtle" leftSection={<Plus size={14} aria-hidden />} onClick={() => send({ type: 'add' })}>
            {t('mapping.add')}
          </ActionButton>
        </div>
      </section>
      <MatchKeys mapping={draft.mapping} keys={at.mapping.matchKeys} editable onChange={(matchKeys) => send({ type: 'keys', matchKeys })} />
      <section className="panel pad" aria-labelledby="rules">
        <h2 id="rules" style={{ fontSize: 15, marginBottom: 8 }}>
          {t('pair.rules')}
        </h2>
        <Stack gap="lg" maw={720}>
          <Radio.Group label={t('syncs.duplicates')} description={t('pair.duplicates_about')} value={at.duplicate} onChange={(v) => onChange({ ...at, duplicate: v })}>
            <Stack gap="xs" mt={6}>
              {DUPLICATES.map((v) => (
                <Radio key={v} value={v} label={word(t, 'duplicate_policy', v)} />
              ))}
            </Stack>
          </Radio.Group>
          <Radio.Group label={t('syncs.conflicts')} description={t('syncs.conflicts_about')} value={at.conflict} onChange={(v) => onChange({ ...at, conflict: v })}>
            <Stack gap="xs" mt={6}>
              {CONFLICTS.map((v) => (
                <Radio key={v} value={v} label={t(`pair.conflict.${v}`)} />
              ))}
            </Stack>
          </Radio.Group>
          <div>
            <Switch label={t('pair.scheduled')} checked={at.schedule.enabled} onChange={(e) => onChange({ ...at, schedule: { ...at.schedule, enabled: e.currentTarget.checked } })} />
            {at.schedule.enabled && (
              <div style={{ marginTop: 8 }}>
                <Frequency when={at.schedule} set={(change) => onChange({ ...at, schedule: { ...at.schedule, ...change } })} locked={false} />
              </div>
            )}
            <p className="sub small" style={{ margin: '6px 0 0' }}>
              {t('pair.schedule_about')}
            </p>
          </div>
          <p className="sub" style={{ margin: 0 }}>
            {t('pair.brake', draft.brake)}
          </p>
        </Stack>
      </section>
      <Group justify="space-between">
        <ActionButton variant="default" onClick={onBack}>
          {t('pair.back')}
        </ActionButton>
        <span className="row">
          {blocked && <span className="sub small">{t('pair.blocked')}</span>}
          <ActionButton disabled={blocked || !at.directions.length || !at.name.trim()} onClick={onNext}>
            {t('pair.next')}
          </ActionButton>
        </span>
      </Group>
    </div>
  )
}

import { Switch, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plus, Search, WandSparkles } from 'lucide-react'
import { useMemo, useReducer, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { checkMapping, proposeMapping, putMapping } from '../../client/sdk.gen'
import type { FieldRow, MappingOut, SyncDetail } from '../../client/types.gen'
import { count } from '../../format'
import { matches } from '../../fold'
import { ActionButton } from '../../parts/ActionButton'
import { say, useAct } from '../../parts/act'
import { FailureNote, ProblemNote } from '../../parts/ProblemNote'
import { SaveBar } from '../../parts/Unsaved'
import { ConsequenceButton } from './Consequence'
import { LineRow } from './LineRow'
import { MatchKeys } from './MatchKeys'
import { RunAsLine } from './RunAsLine'
import { accepted, body, EMPTY, isDirty, lineStatus, problemsByLine, reduce, unused, type Line } from './state'

interface Props {
  id: number
  mapping: MappingOut
  sync: SyncDetail | undefined
}

export function Editor({ id, mapping, sync }: Props) {
  const { t } = useTranslation()
  const [search] = useSearchParams()
  const meant = Number(search.get('row')) || null // the row somebody was sent here for, counted from 1 like the keys of loaded lines
  const may = useMay()
  const path = { sync_id: id }
  const [state, send] = useReducer(reduce, EMPTY, () => reduce(EMPTY, { type: 'load', rows: mapping.rows, matchKeys: mapping.match_keys }))
  const [filter, setFilter] = useState({ q: '', open: false })
  const dirty = isDirty(state, mapping)
  const [sent] = useDebouncedValue(JSON.stringify(body(state)), 400)
  const check = useQuery({
    queryKey: ['syncs', id, 'check', mapping.version, sent],
    queryFn: () => ask(checkMapping({ path, body: JSON.parse(sent) })),
    enabled: dirty && may('configure'),
    placeholderData: keepPreviousData,
  })
  const problems = dirty ? (check.data?.problems ?? []) : mapping.problems
  const byLine = problemsByLine(state, problems)
  const propose = useAct(() => ask(proposeMapping({ path })), {
    done: ({ rows }) => {
      send({ type: 'propose', rows })
      if (!reduce(state, { type: 'propose', rows }).lines.some((l) => l.proposal)) say(t('mapping.no_proposals'))
    },
  })
  const save = useAct(() => ask(putMapping({ path, body: { ...body(state), version: mapping.version } })), {
    quiet: true,
    stale: [['syncs', id], ['masters'], ['setup']],
    said: t('common.saved'),
  })
  const editable = may('configure')
  const fields = useFieldMaps(mapping)
  const proposals = state.lines.filter((l) => l.proposal).length
  const ordered = [...state.lines.filter((l) => l.proposal), ...state.lines.filter((l) => !l.proposal)]
  const shown = ordered.filter((l) => visible(l, filter.q, fields) && (!filter.open || lineStatus(l, byLine.get(l.key)) !== 'ok'))
  return (
    <div className="stack">
      {Boolean(save.error) && <FailureNote error={save.error} />}
      {sync && <RunAsLine sync={sync} />}
      {byLine.get(0)?.map((p, i) => <ProblemNote key={i} problem={p.problem} tone={p.severity === 'error' ? 'bad' : 'attention'} />)}
      <div className="filters">
        <TextInput aria-label={t('mapping.search')} placeholder={t('mapping.search')} leftSection={<Search size={14} aria-hidden />} w={220} value={filter.q} onChange={(e) => setFilter({ ...filter, q: e.currentTarget.value })} />
        <Switch size="sm" label={t('mapping.only_open')} checked={filter.open} onChange={(e) => setFilter({ ...filter, open: e.currentTarget.checked })} style={{ alignSelf: 'center' }} />
        <span className="count tnum">{t('mapping.count', { n: count(accepted(state).length), left: count(unused(mapping.left.fields, state, 'left').length), right: count(unused(mapping.right.fields, state, 'right').length) })}</span>
        {editable && (
          <ActionButton variant="default" busy={propose.isPending} leftSection={<WandSparkles size={14} aria-hidden />} onClick={() => propose.mutate()}>
            {t('mapping.propose')}
          </ActionButton>
        )}
      </div>
      {proposals > 0 && (
        <div className="note info row" role="status">
          <span style={{ flex: 1 }}>{t('mapping.proposals', { n: proposals })}</span>
          <ActionButton variant="default" onClick={() => send({ type: 'dismiss' })}>
            {t('mapping.dismiss_all')}
          </ActionButton>
          <ActionButton onClick={() => send({ type: 'accept' })}>{t('mapping.accept_all')}</ActionButton>
        </div>
      )}
      <div className="panel">
        <div className="scroll" role="region" aria-label={t('mapping.tab')} tabIndex={0}>
          <table className="dt">
            <thead>
              <tr>
                <th scope="col" style={{ width: '27%' }}>{t('mapping.left', { name: sync?.left.label ?? '' })}</th>
                <th scope="col">{t('mapping.direction')}</th>
                <th scope="col" style={{ width: '27%' }}>{t('mapping.right', { name: sync?.right.label ?? '' })}</th>
                <th scope="col">{t('mapping.converter')}</th>
                <th scope="col">{t('mapping.status')}</th>
                <th scope="col">
                  <span className="sr">{t('common.actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((line) => (
                <LineRow key={line.key} line={line} meant={line.key === meant} mapping={mapping} fields={fields} problems={byLine.get(line.key)} editable={editable} send={send} />
              ))}
              {!shown.length && (
                <tr>
                  <td colSpan={6} className="empty">
                    {t(state.lines.length ? 'list.no_match' : 'mapping.empty')}
                  </td>
                </tr>
              )}
            </tbody>
          </table>
        </div>
        {editable && (
          <div style={{ padding: '8px 12px', borderTop: '1px solid var(--line)' }}>
            <ActionButton variant="subtle" leftSection={<Plus size={14} aria-hidden />} onClick={() => send({ type: 'add' })}>
              {t('mapping.add')}
            </ActionButton>
          </div>
        )}
      </div>
      <MatchKeys mapping={mapping} keys={state.matchKeys} editable={editable} onChange={(matchKeys) => send({ type: 'keys', matchKeys })} />
      <SaveBar
        dirty={dirty}
        saving={save.isPending}
        before={sync?.linked && <ConsequenceButton sync={id} draft={{ ...body(state), version: mapping.version }} blocked={problems.some((p) => p.severity === 'error')} />}
        onSave={() => save.mutate()}
        onUndo={() => {
          save.reset()
          send({ type: 'load', rows: mapping.rows, matchKeys: mapping.match_keys })
        }}
      />
    </div>
  )
}

export interface FieldMaps {
  left: Map<string, FieldRow>
  right: Map<string, FieldRow>
}

function useFieldMaps(mapping: MappingOut): FieldMaps {
  return useMemo(
    () => ({
      left: new Map(mapping.left.fields.map((f) => [f.name, f])),
      right: new Map(mapping.right.fields.map((f) => [f.name, f])),
    }),
    [mapping],
  )
}

function visible(line: Line, q: string, fields: FieldMaps): boolean {
  if (!q.trim()) return true
  const text = (side: 'left' | 'right') => {
    const f = fields[side].get(line.row[side] ?? '')
    return [f?.ja, f?.en, line.row[side]]
  }
  return matches(q, ...text('left'), ...text('right'))
}

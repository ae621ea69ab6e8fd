import { Button, Drawer } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, Eye, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { cancelRun, discardRun, getConsequence, previewSettings, saveSettings } from '../../client/sdk.gen'
import type { ConsequenceOut, DraftIn, ItemDetail } from '../../client/types.gen'
import { count, value } from '../../format'
import { label, word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { say, useAct } from '../../parts/act'
import { Loading } from '../../parts/Page'
import { FailureNote, ProblemNote } from '../../parts/ProblemNote'
import { StatusChip } from '../../parts/StatusChip'
import { ACTIVE } from '../../parts/status'
import { routes } from '../../routes'
import { Diff } from '../runs/ItemDrawer'
import { opWord } from '../runs/opWord'
import { ProgressPanel } from '../runs/ProgressPanel'
import { useChoiceLabels } from './labels'

interface Props {
  sync: number
  /** The unsaved form; the preview works with these settings and saves nothing. */
  draft: DraftIn
  blocked?: boolean
}

/** 変更の影響: what unsaved settings would do to every record, before they are saved. */
export function ConsequenceButton({ sync, draft, blocked }: Props) {
  const { t } = useTranslation()
  const [run, setRun] = useState<number | null>(null)
  const start = useAct(() => ask(previewSettings({ path: { sync_id: sync }, body: draft })), { stale: [['runs']], done: ({ run_id }) => setRun(run_id) })
  return (
    <>
      <ActionButton variant="default" busy={start.isPending} disabled={blocked} leftSection={<Eye size={14} aria-hidden />} onClick={() => start.mutate()}>
        {t('consequence.button')}
      </ActionButton>
      {run !== null && <Panel sync={sync} run={run} onClose={() => setRun(null)} onAgain={() => start.mutate()} />}
    </>
  )
}

function Panel({ sync, run, onClose, onAgain }: { sync: number; run: number; onClose: () => void; onAgain: () => void }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: ['consequence', run],
    queryFn: () => ask(getConsequence({ path: { sync_id: sync, run_id: run } })),
    refetchInterval: (q) => (!q.state.data || ACTIVE.has(q.state.data.run.state) ? 1_000 : false),
    gcTime: 0,
  })
  const state = query.data?.run.state
  const close = () => {
    // Whoever looks away decides nothing: the plan is dropped, the form keeps what was typed.
    const drop = state === 'planned' && !query.data?.saved ? discardRun : state && ACTIVE.has(state) && !query.data?.saved ? cancelRun : null
    if (drop) void ask(drop({ path: { run_id: run } })).finally(() => void queries.invalidateQueries({ queryKey: ['runs'] }))
    onClose()
  }
  return (
    <Drawer opened onClose={close} position="right" size="min(820px, 100vw)" title={t('consequence.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      {query.data ? (
        <Found sync={sync} found={query.data} onClose={close} onSaved={onClose} onAgain={onAgain} />
      ) : query.error ? (
        <FailureNote error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Loading lines={8} />
      )}
    </Drawer>
  )
}

interface FoundProps {
  sync: number
  found: ConsequenceOut
  onClose: () => void
  onSaved: () => void
  onAgain: () => void
}

function Found({ sync, found, onClose, onSaved, onAgain }: FoundProps) {
  const { t } = useTranslation()
  const { run } = found
  const cancel = useAct(() => ask(cancelRun({ path: { run_id: run.id } })), { stale: [['consequence', run.id], ['runs']] })
  if (ACTIVE.has(run.state)) {
    return (
      <div className="stack">
        <p style={{ margin: 0 }}>{t('consequence.working')}</p>
        <ProgressPanel run={run} />
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <ActionButton variant="default" busy={cancel.isPending} leftSection={<X size={14} aria-hidden />} onClick={() => cancel.mutate()}>
            {t('consequence.stop')}
          </ActionButton>
        </div>
      </div>
    )
  }
  if (run.state !== 'planned') {
    return (
      <div className="stack">
        {run.problem ? <ProblemNote problem={run.problem} live /> : <div className="note attention">{t('consequence.dropped')}</div>}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={onClose}>
            {t('common.close')}
          </Button>
          <Button onClick={onAgain}>{t('consequence.again')}</Button>
        </div>
      </div>
    )
  }
  return <Plan sync={sync} found={found} onClose={onClose} onSaved={onSaved} />
}

function Plan({ sync, found, onClose, onSaved }: Omit<FoundProps, 'onAgain'>) {
  const { t } = useTranslation()
  const may = useMay()
  const go = useNavigate()
  const queries = useQueryClient()
  const { run, writes } = found
  const sum = (op: 'create' | 'update' | 'bind') => writes.left[op] + writes.right[op]
  const total = sum('create') + sum('update') + sum('bind')
  const save = useAct((apply: boolean) => ask(saveSettings({ path: { sync_id: sync, run_id: run.id }, body: { apply } })), {
    quiet: true,
    stale: [['runs'], ['masters'], ['setup'], ['schedules']],
    done: (_, apply) => {
      say(t(apply ? 'consequence.saved_and_running' : 'common.saved'))
      // The form is what is saved only once it was read again; leaving before would ask about unsaved edits.
      void queries.invalidateQueries({ queryKey: ['syncs'] }).then(() => {
        onSaved()
        if (apply) void go(routes.run(run.id))
      })
    },
  })
  return (
    <div className="stack">
      <p style={{ margin: 0 }}>{t('consequence.about')}</p>
      {Boolean(save.error) && <FailureNote error={save.error} />}
      {found.outdated && <div className="note attention">{t('consequence.outdated')}</div>}
      <Figures found={found} />
      {total + found.leaving + found.conflicts + found.failed === 0 && <div className="note ok">{t('consequence.nothing')}</div>}
      {found.leaving > 0 && <div className="note info">{t('consequence.leaving_note', { n: count(found.leaving) })}</div>}
      {found.fields.length > 0 && <Fields found={found} />}
      <dl className="facts" style={{ marginTop: 12 }}>
        <dt>{t('plan.cost')}</dt>
        <dd>{run.cost.length ? run.cost.map((c) => t('plan.calls', { name: c.connection.name, n: count(c.calls) })).join(' / ') : t('plan.no_calls')}</dd>
        <dt>{t('run.read_total')}</dt>
        <dd>
          {t('run.records', { n: count(run.counts.read) })}
          {(run.counts.deselected ?? 0) > 0 && <span className="sub"> ({t('consequence.outside', { n: count(run.counts.deselected) })})</span>}
        </dd>
      </dl>
      {found.samples.length > 0 && <Samples sync={sync} rows={found.samples} />}
      {found.relook.length > 0 && (
        <div className="note info">
          {t('consequence.relook')}
          <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
            {found.relook.map((why) => (
              <li key={why}>{word(t, 'relook', why)}</li>
            ))}
          </ul>
        </div>
      )}
      <div className="savebar">
        <Link to={routes.run(run.id)} target="_blank" style={{ marginRight: 'auto' }}>
          {t('consequence.all')}
        </Link>
        <Button variant="default" disabled={save.isPending} onClick={onClose}>
          {t('consequence.back')}
        </Button>
        <ActionButton variant={total ? 'default' : 'filled'} busy={save.isPending && !save.variables} disabled={save.isPending || found.outdated} onClick={() => save.mutate(false)}>
          {t('consequence.save')}
        </ActionButton>
        {total > 0 && may('run') && (
          <ActionButton busy={save.isPending && save.variables} disabled={save.isPending || found.outdated} leftSection={<Check size={14} aria-hidden />} onClick={() => save.mutate(true)}>
            {t('consequence.apply', { n: count(total) })}
          </ActionButton>
        )}
      </div>
    </div>
  )
}

function Figures({ found }: { found: ConsequenceOut }) {
  const { t } = useTranslation()
  const { left, right } = found.writes
  const both = (op: 'create' | 'update') =>
    left[op] + right[op] > 0 && (
      <div className="small sub">
        {(['left', 'right'] as const)
          .filter((s) => found.writes[s][op])
          .map((s) => `${word(t, 'side', s)} ${count(found.writes[s][op])}`)
          .join(' / ')}
      </div>
    )
  const figure = (key: 'leaving' | 'entering' | 'create' | 'update' | 'bind' | 'conflicts' | 'failed' | 'unchanged', n: number, more: React.ReactNode = null) => (
    <div>
      <dt>{t(`consequence.figure.${key}`)}</dt>
      <dd>
        {count(n)}
        {more}
      </dd>
    </div>
  )
  return (
    <dl className="figures" style={{ gridTemplateColumns: 'repeat(4, 1fr)' }}>
      {figure('leaving', found.leaving)}
      {figure('entering', found.entering)}
      {figure('create', left.create + right.create, both('create'))}
      {figure('update', left.update + right.update, both('update'))}
      {figure('bind', left.bind + right.bind)}
      {figure('conflicts', found.conflicts)}
      {figure('failed', found.failed)}
      {figure('unchanged', found.unchanged)}
    </dl>
  )
}

function Fields({ found }: { found: ConsequenceOut }) {
  const { t } = useTranslation()
  return (
    <section>
      <h3 style={{ margin: '0 0 4px' }}>{t('consequence.fields')}</h3>
      <table className="diff">
        <thead>
          <tr>
            <th scope="col">{t('mapping.field')}</th>
            <th scope="col">{t('items.side')}</th>
            <th scope="col" style={{ textAlign: 'right' }}>
              {t('consequence.records')}
            </th>
          </tr>
        </thead>
        <tbody>
          {found.fields.map((f) => (
            <tr key={`${f.side}.${f.field}`}>
              <th scope="row">{label(f)}</th>
              <td>{word(t, 'side', f.side)}</td>
              <td className="tnum" style={{ textAlign: 'right' }}>
                {count(f.count)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Samples({ sync, rows }: { sync: number; rows: ItemDetail[] }) {
  const { t } = useTranslation()
  const labels = useChoiceLabels(sync)
  return (
    <section>
      <h3 style={{ margin: '0 0 4px' }}>{t('consequence.samples')}</h3>
      <div className="stack">
        {rows.map((row) => {
          const changed = row.fields.filter((f) => f.changed)
          return (
            <div key={row.id} className="panel pad">
              <div className="panel-head" style={{ marginBottom: changed.length || row.problem ? 6 : 0 }}>
                <strong>{row.name || row.left_id || row.right_id}</strong>
                <span className="row">
                  {row.outcome === 'planned' ? (
                    <span className="sub">
                      {opWord(t, row)} → {word(t, 'side', row.side)}
                    </span>
                  ) : (
                    <StatusChip of="outcome" state={row.outcome} />
                  )}
                </span>
              </div>
              {row.problem && <p className="small sub">{row.problem.cause}</p>}
              {changed.length > 0 && <Diff show={(f, v) => value(v, labels(row.side, row.side === 'left' ? f.left : f.right))} fields={changed} caption={t('items.changed')} />}
            </div>
          )
        })}
      </div>
    </section>
  )
}

import { Button, Drawer } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { previewUndo, undoRun } from '../../client/sdk.gen'
import type { RunRow, UndoItem, UndoPreview } from '../../client/types.gen'
import { count, value } from '../../format'
import { language, word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { Answered } from '../../parts/Page'
import { FailureNote } from '../../parts/ProblemNote'
import { ACTIVE, WAITING } from '../../parts/status'
import { Chip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import { RecordLinks } from '../partners/RecordLinks'

const SIZE = 20
const TONE = { put_back: 'info', changed_since: 'attention', unknown: 'attention', listed: 'mute', created: 'mute', tied: 'mute', as_it_was: 'ok' } as const

/** Whether a run of this kind wrote something that could be undone. */
export const canUndo = (run: RunRow): boolean =>
  !ACTIVE.has(run.state) && !WAITING.has(run.state) && !['undo', 'reconcile'].includes(run.trigger) && (run.counts.created ?? 0) + (run.counts.updated ?? 0) > 0

/** 取り消し: the reverse plan of a run, shown before it is carried out. */
export function UndoRun({ run }: { run: RunRow }) {
  const { t } = useTranslation()
  const [opened, drawer] = useDisclosure(false)
  if (!canUndo(run)) return null
  return (
    <>
      <Button variant="default" leftSection={<Undo2 size={14} aria-hidden />} onClick={drawer.open}>
        {t('undo.button')}
      </Button>
      <Drawer opened={opened} onClose={drawer.close} position="right" size="min(760px, 100vw)" title={t('undo.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
        <Plan run={run} />
      </Drawer>
    </>
  )
}

function Plan({ run }: { run: RunRow }) {
  const [page, setPage] = useState(1)
  const query = useQuery({ queryKey: ['runs', run.id, 'undo', page], queryFn: () => ask(previewUndo({ path: { run_id: run.id }, query: { page, page_size: SIZE } })) })
  return (
    <Answered query={query} lines={8}>
      {(plan) => <Body run={run} plan={plan} onPage={setPage} />}
    </Answered>
  )
}

function Body({ run, plan, onPage }: { run: RunRow; plan: UndoPreview; onPage: (page: number) => void }) {
  const { t } = useTranslation()
  const may = useMay()
  const go = useNavigate()
  const undo = useAct(() => ask(undoRun({ path: { run_id: run.id } })), { quiet: true, stale: [['runs']], done: ({ run_id }) => void go(routes.run(run_id)) })
  const total = plan.total ?? 0
  return (
    <div className="stack">
      <p style={{ margin: 0 }}>{t('undo.about')}</p>
      {Boolean(undo.error) && <FailureNote error={undo.error} />}
      {plan.undone_by && (
        <div className="note info">
          <Link to={routes.run(plan.undone_by)}>{t('undo.done_by')}</Link>
        </div>
      )}
      <dl className="figures">
        {(['put_back', 'listed', 'created', 'tied'] as const).map((k) => (
          <div key={k}>
            <dt>{t(`undo.total.${k}`)}</dt>
            <dd>{count(plan.totals[k])}</dd>
          </div>
        ))}
      </dl>
      {plan.possible && may('configure') && (
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <ActionButton busy={undo.isPending} leftSection={<Undo2 size={14} aria-hidden />} onClick={() => undo.mutate()}>
            {t('undo.go', { n: count(plan.totals.put_back) })}
          </ActionButton>
        </div>
      )}
      {!plan.possible && !plan.undone_by && <div className="note info">{t('undo.nothing')}</div>}
      {plan.rows.map((item) => (
        <Item key={item.item_id} item={item} />
      ))}
      {total > SIZE && (
        <div className="row" style={{ justifyContent: 'space-between' }}>
          <Button variant="default" disabled={plan.page <= 1} onClick={() => onPage(plan.page - 1)}>
            {t('list.previous')}
          </Button>
          <span className="tnum sub">{t('list.range_of', { total: count(total), first: count((plan.page - 1) * SIZE + 1), last: count((plan.page - 1) * SIZE + plan.rows.length) })}</span>
          <Button variant="default" disabled={plan.page * SIZE >= total} onClick={() => onPage(plan.page + 1)}>
            {t('list.next')}
          </Button>
        </div>
      )}
    </div>
  )
}

function Item({ item }: { item: UndoItem }) {
  const { t } = useTranslation()
  const empty = <span className="sub">{t('common.empty')}</span>
  return (
    <section className="panel pad">
      <div className="panel-head">
        <h3>{item.name || item.left_id || item.right_id}</h3>
        <Chip tone={TONE[item.action as keyof typeof TONE] ?? 'mute'}>{word(t, 'undo.action', item.action)}</Chip>
      </div>
      <RecordLinks row={item} />
      {item.problem && <p className="small sub">{item.problem.next}</p>}
      {item.fields.length > 0 && (
        <table className="diff">
          <thead>
            <tr>
              <th scope="col">{t('mapping.field')}</th>
              <th scope="col">{t('undo.wrote')}</th>
              <th scope="col">{t('undo.previous')}</th>
            </tr>
          </thead>
          <tbody>
            {item.fields.map((f) => (
              <tr key={f.field}>
                <th scope="row">{language() === 'ja' ? f.label_ja : f.label_en || f.label_ja}</th>
                <td>{value(f.wrote) || empty}</td>
                <td>{f.put_back ? <ins>{value(f.previous) || t('common.empty')}</ins> : value(f.previous) || empty}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

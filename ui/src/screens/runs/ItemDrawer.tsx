import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { getItem } from '../../client/sdk.gen'
import type { FieldChange, ItemDetail, RunRow } from '../../client/types.gen'
import { value } from '../../format'
import { language, word } from '../../i18n'
import { Answered } from '../../parts/Page'
import { ProblemNote } from '../../parts/ProblemNote'
import { StatusChip } from '../../parts/StatusChip'
import { useReturnFocus } from '../../parts/returnFocus'
import { useChoiceLabels } from '../mapping/labels'
import { opWord } from './opWord'
import { canPair, PairForm } from './PairForm'
import { RecordLinks } from '../partners/RecordLinks'
import { Trace } from '../partners/Trace'

/** One record of a run: field by field what it was and what it becomes. */
export function ItemDrawer({ run, id, onClose }: { run: RunRow; id: number; onClose: () => void }) {
  const { t } = useTranslation()
  useReturnFocus()
  const query = useQuery({ queryKey: ['items', run.id, id], queryFn: () => ask(getItem({ path: { run_id: run.id, item_id: id } })) })
  return (
    <Drawer opened onClose={onClose} position="right" size="min(720px, 100vw)" title={query.data?.name || t('items.one')} closeButtonProps={{ 'aria-label': t('common.close') }} returnFocus>
      <Answered query={query} lines={6}>
        {(item) => <Body item={item} run={run} />}
      </Answered>
    </Drawer>
  )
}

function Body({ item, run }: { item: ItemDetail; run: RunRow }) {
  const { t } = useTranslation()
  const may = useMay()
  const labels = useChoiceLabels(run.sync.id)
  const show: Show = (f, v) => value(v, labels(item.side, item.side === 'left' ? f.left : f.right))
  const changed = item.fields.filter((f) => f.changed)
  const rest = item.fields.filter((f) => !f.changed)
  return (
    <div className="stack">
      <div className="row">
        <StatusChip of="outcome" state={item.outcome} />
        <span>
          {item.op === 'none' ? word(t, 'side', item.side) : `${opWord(t, item)} → ${word(t, 'side', item.side)}`}
        </span>
        <RecordLinks row={item} />
      </div>
      {item.problem && <ProblemNote problem={item.problem} tone={item.outcome === 'failed' ? 'bad' : 'attention'} />}
      {canPair(item) && may('configure') && may('run') && <PairForm run={run} item={item} />}
      {changed.length > 0 ? <Diff show={show} fields={changed} caption={t('items.changed')} /> : <p className="sub">{t('items.no_changes')}</p>}
      {(item.left_id || item.right_id) && <Trace record={{ sync: run.sync.id, left_id: item.left_id, right_id: item.right_id }} />}
      {rest.length > 0 && (
        <details>
          <summary>{t('items.unchanged_fields', { n: rest.length })}</summary>
          <Diff show={show} fields={rest} caption={t('items.unchanged_fields', { n: rest.length })} />
        </details>
      )}
    </div>
  )
}

type Show = (field: FieldChange, value: unknown) => string

/** Fields side by side: what they were and what they become. */
export function Diff({ fields, caption, show }: { fields: FieldChange[]; caption: string; show: Show }) {
  const { t } = useTranslation()
  const empty = <span className="sub">{t('common.empty')}</span>
  return (
    <table className="diff">
      <caption className="sr">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{t('mapping.field')}</th>
          <th scope="col">{t('items.before')}</th>
          <th scope="col">{t('items.after')}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((f) => (
          <tr key={`${f.left}|${f.right}`}>
            <th scope="row">
              {language() === 'ja' ? f.label_ja : f.label_en || f.label_ja}
              <div className="sub small mono">{[f.left, f.right].filter(Boolean).join(' / ')}</div>
            </th>
            <td>{show(f, f.before) ? f.changed ? <del>{show(f, f.before)}</del> : show(f, f.before) : empty}</td>
            <td>{show(f, f.after) ? f.changed ? <ins>{show(f, f.after)}</ins> : show(f, f.after) : empty}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

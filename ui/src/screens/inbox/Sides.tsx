import { Button } from '@mantine/core'
import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CandidateRow, InboxRow, SideField } from '../../client/types.gen'
import { count, value } from '../../format'
import { language } from '../../i18n'
import { useChoiceLabels } from '../mapping/labels'

export type Taken = Readonly<Record<number, 'left' | 'right'>>

interface Props {
  entry: InboxRow
  taken: Taken
  onTake?: (row: number, side: 'left' | 'right') => void
}

export const fieldLabel = (f: SideField): string => (language() === 'ja' ? f.label_ja : f.label_en || f.label_ja)

/** The two records, what they agreed on last between them, field by field; or the record beside those it may belong to. */
export function Sides({ entry, taken, onTake }: Props) {
  const { t } = useTranslation()
  const candidates = entry.candidates
  const labels = useChoiceLabels(entry.sync?.id)
  const [whole, setWhole] = useState(false)
  const empty = <span className="sub">{t('common.empty')}</span>
  const text = (side: 'left' | 'right', f: SideField, v: unknown) => value(v, labels(side, side === 'left' ? f.left : f.right))
  const shown = (side: 'left' | 'right', f: SideField, v: unknown) => text(side, f, v) || empty
  if (candidates.length) return <Candidates entry={entry} shown={shown} />
  const based = entry.fields.some((f) => f.left_base !== null || f.right_base !== null)
  const filled = entry.fields.filter((f) => f.conflict || [f.left_value, f.right_value, f.left_base, f.right_base].some((v) => value(v) !== ''))
  const differing = filled.filter((f) => f.conflict || text('left', f, f.left_value) !== text('right', f, f.right_value))
  // What both sides agree on only stands in the way of the answers, unless nothing else is there.
  const same = differing.length ? filled.length - differing.length : 0
  const rows = same && !whole ? differing : filled
  const base = (f: SideField) => {
    const [left, right] = [text('left', f, f.left_base), text('right', f, f.right_base)]
    return left === right ? left || empty : <>{left || empty} / {right || empty}</>
  }
  const cell = (f: SideField, side: 'left' | 'right') => {
    const v = side === 'left' ? f.left_value : f.right_value
    if (!f.conflict || !onTake) return <td key={side}>{shown(side, f, v)}</td>
    return (
      <td key={side} data-taken={taken[f.row] === side}>
        <button type="button" className="pick" aria-pressed={taken[f.row] === side} aria-label={t('inbox.take', { side: t(`side.${side}`), field: fieldLabel(f), value: value(v) || t('common.empty') })} onClick={() => onTake(f.row, side)}>
          {shown(side, f, v)}
        </button>
      </td>
    )
  }
  return (
    <div className="panel" style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={t('inbox.sides')}>
      <table className="sides">
        <thead>
          <tr>
            <th scope="col">{t('mapping.field')}</th>
            <Head side="left" entry={entry} />
            {based && <th scope="col">{t('inbox.base')}</th>}
            <Head side="right" entry={entry} />
          </tr>
        </thead>
        <tbody>
          {[...rows].sort((a, b) => Number(b.conflict) - Number(a.conflict)).map((f) => (
            <tr key={f.row} data-conflict={f.conflict}>
              <th scope="row">{fieldLabel(f)}</th>
              {cell(f, 'left')}
              {based && <td className="base">{base(f)}</td>}
              {cell(f, 'right')}
            </tr>
          ))}
        </tbody>
      </table>
      {same > 0 && (
        <Button variant="subtle" size="compact-sm" m={6} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {t(whole ? 'inbox.hide_same' : 'inbox.show_same', { n: count(same) })}
        </Button>
      )}
    </div>
  )
}

function Head({ side, entry }: { side: 'left' | 'right'; entry: InboxRow }) {
  const { t } = useTranslation()
  const record = entry[side]
  return (
    <th scope="col">
      {t(`side.${side}`)} {record ? <Open id={record.id} link={record.link} /> : <span className="sub small">{t('inbox.not_there')}</span>}
    </th>
  )
}

function Open({ id, link }: { id: string; link?: string | null }) {
  const { t } = useTranslation()
  if (!link) return <span className="small sub">{id}</span>
  return (
    <a className="small nowrap" href={link} target="_blank" rel="noreferrer" style={{ fontWeight: 400 }}>
      {id} <ExternalLink size={11} aria-label={t('common.opens_new')} />
    </a>
  )
}

function Candidates({ entry, shown }: { entry: InboxRow; shown: (side: 'left' | 'right', f: SideField, v: unknown) => React.ReactNode }) {
  const { t } = useTranslation()
  const own = entry.side === 'right' ? 'right' : 'left'
  const other = own === 'left' ? 'right' : 'left'
  const key = (f: SideField, side: 'left' | 'right') => (side === 'left' ? f.left : f.right)
  const mine = (f: SideField) => (own === 'left' ? f.left_value : f.right_value)
  const filled = entry.fields.filter((f) => value(mine(f)) !== '' || entry.candidates.some((c) => value(c.values[key(f, other)]) !== ''))
  // What was not read of a candidate is unknown, which is not the same as empty.
  const theirs = (c: CandidateRow, f: SideField) => (key(f, other) in c.values ? shown(other, f, c.values[key(f, other)]) : <span className="sub">–</span>)
  return (
    <div className="panel" style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={t('inbox.sides')}>
      <table className="sides">
        <thead>
          <tr>
            <th scope="col">{t('mapping.field')}</th>
            <Head side={own} entry={entry} />
            {entry.candidates.map((c) => (
              <th scope="col" key={c.id}>
                {t(`side.${other}`)} <Open id={c.id} link={c.link} />
                {c.bound_to && <div className="small sub" style={{ fontWeight: 400 }}>{t('inbox.bound_to', { id: c.bound_to })}</div>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {filled.map((f) => (
            <tr key={f.row}>
              <th scope="row">{fieldLabel(f)}</th>
              <td>{shown(own, f, mine(f))}</td>
              {entry.candidates.map((c) => (
                <td key={c.id}>{theirs(c, f)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

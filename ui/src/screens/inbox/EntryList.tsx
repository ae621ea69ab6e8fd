import { Button, Checkbox } from '@mantine/core'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { InboxRow } from '../../client/types.gen'
import { count, minute } from '../../format'
import { word } from '../../i18n'
import { byKind } from './answers'

interface Props {
  rows: InboxRow[]
  total: number
  page: number
  pageSize: number
  now?: string
  chosen: ReadonlySet<string>
  selectable: boolean
  onOpen: (id: string) => void
  onChoose: (ids: ReadonlySet<string>) => void
  onPage: (page: number) => void
}

/** What waits, grouped by kind. */
export function EntryList({ rows, total, page, pageSize, now, chosen, selectable, onOpen, onChoose, onPage }: Props) {
  const { t } = useTranslation()
  const all = rows.filter((r) => r.choices.length > 0)
  const picked = all.filter((r) => chosen.has(r.id)).length
  return (
    <div className="panel inbox-list" role="region" aria-label={t('inbox.list')}>
      {selectable && all.length > 0 && (
        <div style={{ padding: '8px 12px', borderBottom: '1px solid var(--line)' }}>
          <Checkbox label={t('list.select_all')} checked={picked > 0 && picked === all.length} indeterminate={picked > 0 && picked < all.length} onChange={(e) => onChoose(e.currentTarget.checked ? new Set(all.map((r) => r.id)) : new Set())} />
        </div>
      )}
      <div className="items">
        {byKind(rows).map(([kind, group]) => (
          <div key={kind}>
            <h3>
              {word(t, 'inbox.kind', kind)} <span className="tnum">{count(group.length)}</span>
            </h3>
            <ul>
              {group.map((r) => (
                <Line key={r.id} row={r} now={r.id === now} chosen={chosen} selectable={selectable} onOpen={onOpen} onChoose={onChoose} />
              ))}
            </ul>
          </div>
        ))}
      </div>
      {total > pageSize && (
        <div className="foot row" style={{ justifyContent: 'space-between' }}>
          <Button variant="default" size="compact-sm" disabled={page <= 1} onClick={() => onPage(page - 1)} leftSection={<ChevronLeft size={14} aria-hidden />}>
            {t('list.previous')}
          </Button>
          <span className="small tnum">{t('list.range_of', { total: count(total), first: count((page - 1) * pageSize + 1), last: count((page - 1) * pageSize + rows.length) })}</span>
          <Button variant="default" size="compact-sm" disabled={page * pageSize >= total} onClick={() => onPage(page + 1)} rightSection={<ChevronRight size={14} aria-hidden />}>
            {t('list.next')}
          </Button>
        </div>
      )}
    </div>
  )
}

function Line({ row: r, now, chosen, selectable, onOpen, onChoose }: { row: InboxRow; now: boolean } & Pick<Props, 'chosen' | 'selectable' | 'onOpen' | 'onChoose'>) {
  const { t } = useTranslation()
  const line = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (now) line.current?.scrollIntoView?.({ block: 'nearest' })
  }, [now])
  const flip = () => {
    const next = new Set(chosen)
    if (!next.delete(r.id)) next.add(r.id)
    onChoose(next)
  }
  return (
    <li ref={line} data-now={now}>
      {selectable && <Checkbox aria-label={t('list.select_one', { name: r.name || r.id })} checked={chosen.has(r.id)} disabled={!r.choices.length} onChange={flip} />}
      <button type="button" aria-current={now || undefined} onClick={() => onOpen(r.id)}>
        <b>{r.name || r.id}</b>
        <span className="small sub line" title={r.sync?.name}>
          <span className="tnum">{minute(r.since)}</span> ・ {r.sync?.name ?? r.problem.title}
        </span>
      </button>
    </li>
  )
}

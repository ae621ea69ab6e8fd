import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { listDifferences } from '../../client/sdk.gen'
import type { DifferenceRow, FieldName, ReconciliationDetail } from '../../client/types.gen'
import { count, value } from '../../format'
import { language, word } from '../../i18n'
import { DataTable, type Column } from '../../parts/DataTable'
import { DownloadMenu } from '../../parts/DownloadMenu'
import { useList, type Listing } from '../../parts/list'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import { useChoiceLabels } from '../mapping/labels'
import { RecordLinks } from '../partners/RecordLinks'

const KINDS = ['differs', 'only_left', 'only_right', 'missing', 'moving'] as const

/** Everything on which the two sides do not agree: counts that filter, search, pages, CSV. */
export function Differences({ of: r }: { of: ReconciliationDetail }) {
  const { t } = useTranslation()
  const list = useList<DifferenceRow>(['reconciliations', r.id, 'differences'], ['kind', 'q'], (query) => ask(listDifferences({ path: { reconciliation_id: r.id }, query: query as never })) as Promise<Listing<DifferenceRow>>, { size: 20 })
  return (
    <section aria-labelledby="differences">
      <div className="panel-head" style={{ margin: '4px 0 8px' }}>
        <h2 id="differences" style={{ fontSize: 15 }}>
          {t('reconcile.differences')}
        </h2>
        <DownloadMenu path={`/api/reconciliations/${r.id}.csv`} params={list.params} />
      </div>
      <Tallies of={r} kind={list.params.kind as string | undefined} />
      <Filter list={list} />
      <DataTable label={t('reconcile.differences')} columns={useColumns(r)} list={list} empty={<p>{t('reconcile.no_differences')}</p>} />
    </section>
  )
}

function Tallies({ of: r, kind }: { of: ReconciliationDetail; kind?: string }) {
  const { t } = useTranslation()
  return (
    <ul className="tallies" aria-label={t('list.filters')}>
      {KINDS.map((k) => (
        <li key={k}>
          <Link to={routes.reconciliation(r.id, kind === k ? '' : `kind=${k}`)} aria-current={kind === k || undefined} replace preventScrollReset>
            <span>{t(`state.difference.${k}`)}</span>
            <b>{count(r.counts[k])}</b>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function Filter({ list }: { list: ReturnType<typeof useList<DifferenceRow>> }) {
  const { t } = useTranslation()
  const { params, set } = list
  const [q, setQ] = useState(String(params.q ?? ''))
  const send = useDebouncedCallback((text: string) => set({ q: text }), 300)
  useEffect(() => setQ(String(params.q ?? '')), [params.q])
  return (
    <div className="filters" role="search" aria-label={t('list.filters')} style={{ marginTop: 8 }}>
      <TextInput
        aria-label={t('items.search')}
        placeholder={t('items.search')}
        leftSection={<Search size={14} aria-hidden />}
        w={240}
        value={q}
        onChange={(e) => {
          setQ(e.currentTarget.value)
          send(e.currentTarget.value)
        }}
      />
      <span className="count tnum">{list.query.data && list.query.data.total !== null && t('list.total', { n: count(list.query.data.total) })}</span>
    </div>
  )
}

const named = (f: FieldName) => (language() === 'ja' ? f.ja : f.en || f.ja) || f.name

function useColumns(r: ReconciliationDetail): Column<DifferenceRow>[] {
  const { t } = useTranslation()
  return [
    {
      key: 'name',
      head: t('items.name'),
      sort: true,
      name: true,
      cell: (d) => (
        <>
          {d.name || d.left_id || d.right_id}
          <div>
            <RecordLinks row={d} />
          </div>
        </>
      ),
    },
    { key: 'kind', head: t('common.state'), sort: true, cell: (d) => <StatusChip of="difference" state={d.kind} /> },
    { key: 'fields', head: `${t('mapping.field')} / ${t('side.left')} / ${t('side.right')}`, cell: (d) => <Facing row={d} sync={r.sync.id} /> },
  ]
}

/** The differing fields of one record, the two values facing each other; what both once held, below. */
function Facing({ row: d, sync }: { row: DifferenceRow; sync: number }) {
  const { t } = useTranslation()
  const labels = useChoiceLabels(sync)
  if (!d.fields.length) return <span className="sub small">{word(t, 'reconcile.means', d.gone ? `gone_${d.gone}` : d.kind)}</span>
  const shown = (side: 'left' | 'right', name: string, v: unknown, unread: boolean) =>
    value(v, labels(side, name)) || <span className="gone">{t(unread ? 'reconcile.unread' : 'common.empty')}</span>
  // What a side held at the last sync, where it holds something else now.
  const since = (f: DifferenceRow['fields'][number]) => {
    const [left, right] = [labels('left', f.left_field.name), labels('right', f.right_field.name)]
    const [leftBase, rightBase] = [value(f.left_base, left), value(f.right_base, right)]
    const known = leftBase !== '' || rightBase !== ''
    return { known, left: known && value(f.left, left) !== leftBase ? leftBase : null, right: known && value(f.right, right) !== rightBase ? rightBase : null }
  }
  const changed = (base: string | null) => base !== null && <div className="small sub">{t('reconcile.base', { value: base || t('common.empty') })}</div>
  const standing = d.fields.map(since).every((one) => one.known && one.left === null && one.right === null)
  return (
    <>
      <table className="facing">
        <tbody>
          {d.fields.map((f) => {
            const { left, right } = since(f)
            return (
              <tr key={f.row}>
                <th scope="row">{named(f.left_field)}</th>
                <td>
                  {shown('left', f.left_field.name, f.left, f.unread)}
                  {changed(left)}
                </td>
                <td>
                  {shown('right', f.right_field.name, f.right, f.unread)}
                  {changed(right)}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {standing && <div className="small sub">{t('reconcile.standing')}</div>}
    </>
  )
}

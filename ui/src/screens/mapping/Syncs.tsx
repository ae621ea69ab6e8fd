import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { listSyncs } from '../../client/sdk.gen'
import type { SyncRow } from '../../client/types.gen'
import { count, minute } from '../../format'
import { word } from '../../i18n'
import { DataTable, type Column } from '../../parts/DataTable'
import { useList } from '../../parts/list'
import { Page } from '../../parts/Page'
import { ResultLine } from '../runs/ResultLine'
import { routes } from '../../routes'

export default function Syncs() {
  const { t } = useTranslation()
  const list = useList<SyncRow>(['syncs', 'list'], ['q'], (query) => ask(listSyncs({ query })))
  const columns: Column<SyncRow>[] = [
    { key: 'name', head: t('run.sync'), name: true, cell: (s) => <Link to={routes.sync(s.id)}>{s.name}</Link> },
    {
      key: 'ends',
      head: t('syncs.ends'),
      name: true,
      cell: (s) => (
        <>
          {s.left.label} <span aria-hidden>↔</span> {s.right.label}
          <div className="small sub">
            {s.left.connection_name} / {s.right.connection_name}
          </div>
        </>
      ),
    },
    { key: 'directions', head: t('schedules.direction'), cell: (s) => s.directions.map((d) => <div key={d}>{word(t, 'direction', d)}</div>) },
    { key: 'bindings', head: t('syncs.pairs'), num: true, cell: (s) => <Link to={`${routes.partners}?sync=${s.id}`}>{count(s.bindings)}</Link> },
    { key: 'last', head: t('syncs.last'), cell: (s) => (s.last_run ? <ResultLine run={s.last_run} when={minute(s.last_run.ran_at)} /> : '–') },
  ]
  return (
    <Page title={t('syncs.title')} about={t('syncs.about')}>
      <DataTable
        label={t('syncs.title')}
        columns={columns}
        list={list}
        empty={
          <>
            <p>{t('syncs.empty')}</p>
            <Link to={routes.masters}>{t('masters.title')}</Link>
          </>
        }
      />
    </Page>
  )
}

import { Button } from '@mantine/core'
import { Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { listSyncs } from '../../client/sdk.gen'
import type { SyncRow } from '../../client/types.gen'
import { count, minute } from '../../format'
import { word } from '../../i18n'
import { useNamesOf } from '../../i18n/ties'
import { DataTable, type Column } from '../../parts/DataTable'
import { useList } from '../../parts/list'
import { Page } from '../../parts/Page'
import { Chip } from '../../parts/StatusChip'
import { ResultLine } from '../runs/ResultLine'
import { routes } from '../../routes'

export default function Syncs() {
  const { t } = useTranslation()
  const may = useMay()
  const namesOf = useNamesOf()
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
    { key: 'directions', head: t('schedules.direction'), cell: (s) => s.directions.map((d) => <div key={d} className="nowrap">{word(t, 'direction', d, namesOf(s.id))}</div>) },
    { key: 'bindings', head: t('syncs.pairs'), num: true, cell: (s) => <Link to={`${routes.partners}?sync=${s.id}`}>{count(s.bindings)}</Link> },
    { key: 'last', head: t('syncs.last'), cell: (s) => <Last sync={s} /> },
  ]
  return (
    <Page
      title={t('syncs.title')}
      about={t('syncs.about')}
      actions={
        may('configure') && (
          <Button component={Link} to={routes.pair} variant="default" leftSection={<Plus size={14} aria-hidden />}>
            {t('pair.add')}
          </Button>
        )
      }
    >
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

function Last({ sync: s }: { sync: SyncRow }) {
  const { t } = useTranslation()
  return (
    <>
      {s.last_run ? <ResultLine run={s.last_run} when={minute(s.last_run.ran_at)} /> : '–'}
      {s.paused && (
        <div className="small">
          <Chip tone="attention">{t('syncs.paused')}</Chip> <Link to={`${routes.inbox}?kind=drift&sync=${s.id}`}>{t('syncs.why')}</Link>
        </div>
      )}
    </>
  )
}

import { Button } from '@mantine/core'
import { Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { listConnections } from '../../client/sdk.gen'
import type { ConnectionRow } from '../../client/types.gen'
import { minute, share } from '../../format'
import { word } from '../../i18n'
import { DataTable, type Column } from '../../parts/DataTable'
import { useList } from '../../parts/list'
import { Page } from '../../parts/Page'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'

export default function Connections() {
  const { t } = useTranslation()
  const may = useMay()
  const list = useList(['connections'], ['q'], (query) => ask(listConnections({ query })))
  const columns: Column<ConnectionRow>[] = [
    {
      key: 'name',
      head: t('connections.name'),
      name: true,
      cell: (c) => (
        <>
          <Link to={routes.connection(c.id)}>{c.name}</Link>
          <div className="sub small">{word(t, 'service', c.service)}</div>
        </>
      ),
    },
    {
      key: 'state',
      head: t('common.state'),
      cell: (c) => (
        <>
          <StatusChip of="connection" state={c.state} />
          {c.problem && <div className="small">{c.problem.title}</div>}
        </>
      ),
    },
    { key: 'account', head: t('connections.account'), name: true, cell: (c) => c.account?.name ?? '–' },
    {
      key: 'people',
      head: t('connections.people'),
      cell: (c) => (
        <>
          {t('connections.people_count', { authorised: c.people.authorised, all: c.people.authorised + c.people.missing })}
          {!c.authorised && <div className="small">{t('connections.you_not')}</div>}
        </>
      ),
    },
    { key: 'usage', head: t('connections.usage'), num: true, cell: (c) => (c.usage.length ? share(Math.max(...c.usage.map((u) => Number(u.share)))) : '–') },
    { key: 'checked', head: t('connections.checked'), cell: (c) => <span className="nowrap tnum">{minute(c.checked_at)}</span> },
  ]
  const add = may('connect') && (
    <Button component={Link} to={routes.newConnection} leftSection={<Plus size={14} aria-hidden />}>
      {t('connections.add')}
    </Button>
  )
  return (
    <Page title={t('connections.title')} about={t('connections.about')} actions={add}>
      <DataTable
        label={t('connections.title')}
        columns={columns}
        list={list}
        empty={
          <>
            <p>{t('connections.empty')}</p>
            {add}
          </>
        }
      />
    </Page>
  )
}

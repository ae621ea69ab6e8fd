import { Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { listAudit, listUsers } from '../../client/sdk.gen'
import type { AuditRow } from '../../client/types.gen'
import { count, dayStart, second, value } from '../../format'
import { word } from '../../i18n'
import { routes } from '../../routes'
import { DataTable, type Column } from '../../parts/DataTable'
import { DayFilter } from '../../parts/DayFilter'
import { useList, type Listing, type ListParams } from '../../parts/list'
import { Page } from '../../parts/Page'
import { AuditChain } from './AuditChain'

const FILTERS = ['q', 'user', 'since', 'until'] as const

const asQuery = ({ since, until, user, ...rest }: ListParams) => ({
  ...rest,
  ...(user ? { user: Number(user) } : {}),
  ...(since ? { since: dayStart(String(since)) } : {}),
  ...(until ? { until: dayStart(String(until), true) } : {}),
})

export default function Audit() {
  const { t } = useTranslation()
  const list = useList<AuditRow>(['audit'], FILTERS, (params) => ask(listAudit({ query: asQuery(params) })) as Promise<Listing<AuditRow>>)
  const users = useQuery({ queryKey: ['users'], queryFn: () => ask(listUsers()) })
  const [q, setQ] = useState(String(list.params.q ?? ''))
  const send = useDebouncedCallback((text: string) => list.set({ q: text }), 300)
  const columns: Column<AuditRow>[] = [
    { key: 'at', head: t('audit.at'), cell: (a) => <span className="tnum nowrap">{second(a.at)}</span> },
    { key: 'user', head: t('audit.user'), cell: (a) => a.user ?? t('audit.system') },
    { key: 'action', head: t('audit.action'), cell: (a) => word(t, 'audit_action', a.action.replaceAll('.', '_')) },
    { key: 'subject', head: t('audit.subject'), name: true, cell: (a) => (a.action.startsWith('run.') && /^\d+$/.test(a.subject) ? <Link to={routes.run(a.subject)}>{t('audit.run', { id: a.subject })}</Link> : word(t, 'kind', a.subject)) },
    { key: 'change', head: t('audit.change'), cell: (a) => <Change before={a.before} after={a.after} /> },
  ]
  return (
    <Page title={t('audit.title')} about={t('audit.about')}>
      <AuditChain />
      <div className="filters" role="search" aria-label={t('list.filters')}>
        <TextInput
          label={t('audit.search')}
          w={220}
          value={q}
          onChange={(e) => {
            setQ(e.currentTarget.value)
            send(e.currentTarget.value)
          }}
        />
        <Select
          label={t('audit.user')}
          w={180}
          clearable
          clearButtonProps={{ 'aria-label': t('common.clear', { name: t('audit.user') }) }}
          placeholder={t('common.all')}
          data={(users.data?.rows ?? []).map((u) => ({ value: String(u.id), label: u.name || u.email }))}
          value={(list.params.user as string | undefined) ?? null}
          onChange={(user) => list.set({ user })}
        />
        <DayFilter label={t('runs.since')} value={list.params.since as string | undefined} onChange={(since) => list.set({ since })} />
        <DayFilter label={t('runs.until')} value={list.params.until as string | undefined} onChange={(until) => list.set({ until })} />
        <span className="count tnum">{list.query.data && list.query.data.total !== null && t('list.total', { n: count(list.query.data.total) })}</span>
      </div>
      <DataTable label={t('audit.title')} columns={columns} list={list} empty={<p>{t('audit.empty')}</p>} />
    </Page>
  )
}

/** What was changed: the keys that differ, before → after. */
function Change({ before, after }: { before: unknown; after: unknown }) {
  const a = (before ?? {}) as Record<string, unknown>
  const b = (after ?? {}) as Record<string, unknown>
  if (typeof a !== 'object' || typeof b !== 'object') return <>{value(after)}</>
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((k) => JSON.stringify(a[k]) !== JSON.stringify(b[k]))
  if (!keys.length) return <>–</>
  return (
    <details>
      <summary className="small">{keys.join(', ')}</summary>
      {keys.map((k) => (
        <div key={k} className="small">
          <span className="mono sub">{k}</span> {value(a[k]) || '–'} → {value(b[k]) || '–'}
        </div>
      ))}
    </details>
  )
}

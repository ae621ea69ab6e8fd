import { Drawer, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { getBinding, listBindings } from '../../client/sdk.gen'
import type { BindingDetail, BindingRow } from '../../client/types.gen'
import { count, minute, value } from '../../format'
import { language, word } from '../../i18n'
import { OfSync, useNamesOf } from '../../i18n/ties'
import { DataTable, type Column } from '../../parts/DataTable'
import { DownloadMenu } from '../../parts/DownloadMenu'
import { useList, type Listing } from '../../parts/list'
import { Answered, Page } from '../../parts/Page'
import { StatusChip } from '../../parts/StatusChip'
import { useReturnFocus } from '../../parts/returnFocus'
import { routes } from '../../routes'
import { useChoiceLabels } from '../mapping/labels'
import { MASTER_KINDS } from '../runs/Runs'
import { AddPair } from './AddPair'
import { RecordLinks } from './RecordLinks'
import { Trace } from './Trace'
import { UnlinkPair } from './UnlinkPair'

const FILTERS = ['q', 'kind', 'state', 'sync'] as const
const STATES = ['ok', 'missing_left', 'missing_right', 'id_changed']

export default function Partners() {
  const { t } = useTranslation()
  const [search, setSearch] = useSearchParams()
  const list = useList<BindingRow>(['bindings', 'list'], FILTERS, (query) => ask(listBindings({ query: query as never })) as Promise<Listing<BindingRow>>)
  const open = Number(search.get('pair')) || null
  const show = (id: number | null) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        if (id === null) next.delete('pair')
        else next.set('pair', String(id))
        return next
      },
      { replace: true, preventScrollReset: true },
    )
  return (
    <Page title={t('partners.title')} about={t('partners.about')} actions={<><AddPair onMade={(pair) => show(pair.id)} /><DownloadMenu path="/api/bindings.csv" params={list.params} /></>}>
      <Filters list={list} />
      <DataTable
        label={t('partners.title')}
        columns={useColumns(show)}
        list={list}
        empty={
          <>
            <p>{t('partners.empty')}</p>
            <Link to={routes.masters}>{t('masters.title')}</Link>
          </>
        }
      />
      {open !== null && <PairDrawer id={open} onClose={() => show(null)} />}
    </Page>
  )
}

function Filters({ list }: { list: ReturnType<typeof useList<BindingRow>> }) {
  const { t } = useTranslation()
  const { params, set } = list
  const [q, setQ] = useState(String(params.q ?? ''))
  const send = useDebouncedCallback((text: string) => set({ q: text }), 300)
  useEffect(() => setQ(String(params.q ?? '')), [params.q])
  const choose = (name: 'kind' | 'state', label: string, values: string[], group: string) => (
    <Select aria-label={label} w={180} clearable clearButtonProps={{ 'aria-label': t('common.clear', { name: label }) }} placeholder={label} data={values.map((v) => ({ value: v, label: word(t, group, v) }))} value={(params[name] as string | undefined) ?? null} onChange={(v) => set({ [name]: v })} />
  )
  return (
    <div className="filters" role="search" aria-label={t('list.filters')}>
      <TextInput
        aria-label={t('partners.search')}
        placeholder={t('partners.search')}
        leftSection={<Search size={14} aria-hidden />}
        w={240}
        value={q}
        onChange={(e) => {
          setQ(e.currentTarget.value)
          send(e.currentTarget.value)
        }}
      />
      {choose('kind', t('run.kind'), MASTER_KINDS, 'kind')}
      {choose('state', t('common.state'), STATES, 'state.binding')}
      <span className="count tnum">{list.query.data && list.query.data.total !== null && t('list.total', { n: count(list.query.data.total) })}</span>
    </div>
  )
}

function useColumns(show: (id: number) => void): Column<BindingRow>[] {
  const { t } = useTranslation()
  const namesOf = useNamesOf()
  return [
    {
      key: 'name',
      head: t('items.name'),
      sort: true,
      name: true,
      cell: (b) => (
        <button type="button" className="linklike" onClick={() => show(b.id)}>
          {b.name || `#${b.id}`}
        </button>
      ),
    },
    { key: 'kind', head: t('run.kind'), cell: (b) => <span className="nowrap">{word(t, 'kind', b.kind)}</span> },
    { key: 'state', head: t('common.state'), cell: (b) => <OfSync id={b.sync?.id}><StatusChip of="binding" state={b.state} /></OfSync> },
    { key: 'origin', head: t('partners.origin'), cell: (b) => <span className="nowrap">{word(t, 'origin', b.origin, namesOf(b.sync?.id))}</span> },
    { key: 'records', head: t('items.records'), cell: (b) => <OfSync id={b.sync?.id}><RecordLinks row={b} /></OfSync> },
    { key: 'synced_at', head: t('partners.synced'), sort: true, cell: (b) => <span className="tnum nowrap">{minute(b.synced_at)}</span> },
  ]
}

function PairDrawer({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation()
  useReturnFocus()
  const query = useQuery({ queryKey: ['bindings', id], queryFn: () => ask(getBinding({ path: { binding_id: id } })) })
  return (
    <Drawer opened onClose={onClose} position="right" size="min(720px, 100vw)" title={query.data?.name || t('partners.one')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Answered query={query} lines={6}>
        {(pair) => (
          <OfSync id={pair.sync?.id}>
            <Pair pair={pair} onClose={onClose} />
          </OfSync>
        )}
      </Answered>
    </Drawer>
  )
}

function Pair({ pair, onClose }: { pair: BindingDetail; onClose: () => void }) {
  const { t } = useTranslation()
  const may = useMay()
  const labels = useChoiceLabels(pair.sync?.id)
  const empty = <span className="sub">{t('common.empty')}</span>
  return (
    <div className="stack">
      <div className="row">
        <StatusChip of="binding" state={pair.state} />
        <RecordLinks row={pair} />
        <span className="sub small tnum">
          {t('partners.synced')}: {minute(pair.synced_at)}
        </span>
      </div>
      {pair.state !== 'ok' && <div className="note attention">{word(t, 'partners.state_help', pair.state)}</div>}
      <table className="diff">
        <caption className="sr">{t('partners.base')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('mapping.field')}</th>
            <th scope="col">{t('side.left')}</th>
            <th scope="col">{t('side.right')}</th>
          </tr>
        </thead>
        <tbody>
          {(pair.fields ?? []).map((f) => (
            <tr key={`${f.left}|${f.right}`}>
              <th scope="row">{language() === 'ja' ? f.label_ja : f.label_en || f.label_ja}</th>
              <td>{value(f.left_value, labels('left', f.left)) || empty}</td>
              <td>{value(f.right_value, labels('right', f.right)) || empty}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="small sub">{t('partners.base')}</p>
      {pair.sync && <Trace record={{ sync: pair.sync.id, left_id: pair.left_id, right_id: pair.right_id }} />}
      {may('configure') && (
        <div>
          <UnlinkPair pair={pair} onDone={onClose} />
        </div>
      )}
    </div>
  )
}

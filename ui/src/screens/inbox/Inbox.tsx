import { Button, TextInput } from '@mantine/core'
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { CircleCheckBig, Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { countInbox, listInbox } from '../../client/sdk.gen'
import type { DecideOne, InboxRow } from '../../client/types.gen'
import { count } from '../../format'
import { word } from '../../i18n'
import { OfSync } from '../../i18n/ties'
import { ActionButton } from '../../parts/ActionButton'
import { useList, type Listing } from '../../parts/list'
import { Answered, Page } from '../../parts/Page'
import { answer, answersOf, common, neighbour } from './answers'
import { Ignored } from './Ignored'
import { Entry } from './Entry'
import { EntryList } from './EntryList'
import { useDecisions } from './useDecisions'
import './inbox.css'

const FILTERS = ['kind', 'sync', 'q', 'state'] as const
export const countsQuery = { queryKey: ['inbox', 'counts'], queryFn: () => ask(countInbox()), refetchInterval: 30_000 }

type Inboxed = ReturnType<typeof useList<InboxRow>>

export default function Inbox() {
  const { t } = useTranslation()
  const [search] = useSearchParams()
  const standing = search.get('state') === 'standing'
  return (
    <Page title={t('inbox.title')} about={t('inbox.about')}>
      <Views />
      {standing ? <Ignored /> : <Waiting />}
    </Page>
  )
}

/** What still waits, what is answered and waits for its run, and what was told to be left alone. */
function Views() {
  const { t } = useTranslation()
  const [search, setSearch] = useSearchParams()
  const state = search.get('state') ?? 'open'
  return (
    <ul className="kinds" aria-label={t('inbox.views')}>
      {(['open', 'decided', 'standing'] as const).map((s) => (
        <li key={s}>
          <button type="button" aria-pressed={state === s} onClick={() => setSearch(s === 'open' ? {} : { state: s })}>
            {t(`inbox.view.${s}`)}
          </button>
        </li>
      ))}
    </ul>
  )
}

function Waiting() {
  const list = useList<InboxRow>(['inbox', 'list'], FILTERS, (query) => ask(listInbox({ query: query as never })) as Promise<Listing<InboxRow>>, { size: 50, refetchInterval: 15_000 })
  return (
    <>
      <Filters list={list} />
      <Answered query={list.query} lines={10}>
        {(found) => (found.rows.length ? <Desk key={String(list.params.state)} list={list} rows={found.rows} total={found.total ?? found.rows.length} /> : <Nothing list={list} />)}
      </Answered>
    </>
  )
}

function Filters({ list }: { list: Inboxed }) {
  const { t } = useTranslation()
  const { params, set } = list
  const counts = useQuery(countsQuery)
  const [q, setQ] = useState(String(params.q ?? ''))
  const send = useDebouncedCallback((text: string) => set({ q: text }), 300)
  const kinds = Object.entries(counts.data?.kinds ?? {})
  return (
    <div className="filters" role="search" aria-label={t('list.filters')}>
      <TextInput
        aria-label={t('items.search')}
        placeholder={t('items.search')}
        leftSection={<Search size={14} aria-hidden />}
        w={220}
        value={q}
        onChange={(e) => {
          setQ(e.currentTarget.value)
          send(e.currentTarget.value)
        }}
      />
      {params.state !== 'decided' && (
        <ul className="kinds" style={{ margin: 0 }} aria-label={t('run.kind')}>
          {kinds.map(([kind, n]) => (
            <li key={kind}>
              <button type="button" aria-pressed={params.kind === kind} onClick={() => set({ kind: params.kind === kind ? null : kind })}>
                {word(t, 'inbox.kind', kind)} <span className="tnum">{count(n)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Nothing({ list }: { list: Inboxed }) {
  const { t } = useTranslation()
  const { q, kind, sync } = list.params
  return (
    <div className="panel empty">
      {q || kind || sync ? (
        <>
          <p>{t('list.no_match')}</p>
          <Button variant="default" onClick={() => list.set({ q: null, kind: null, sync: null })}>
            {t('list.clear')}
          </Button>
        </>
      ) : (
        <>
          <CircleCheckBig size={32} aria-hidden color="#14603b" />
          <p>{t(list.params.state === 'decided' ? 'inbox.none_decided' : 'inbox.none')}</p>
        </>
      )}
    </div>
  )
}

/** The list and the entry that is open, by mouse or by keys: j k to move, digits to answer, x and a to select. */
function Desk({ list, rows, total }: { list: Inboxed; rows: InboxRow[]; total: number }) {
  const { t } = useTranslation()
  const may = useMay()
  const [search, setSearch] = useSearchParams()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const selectable = may('run') && list.params.state !== 'decided'
  const now = rows.find((r) => r.id === search.get('entry')) ?? rows[0]!
  // Keys may come faster than the address follows: they act on the entry that was moved to last.
  const at = useRef(now.id)
  useEffect(() => {
    at.current = now.id
  }, [now.id])
  const here = () => rows.find((r) => r.id === at.current) ?? now
  const open = (id: string | undefined) => {
    if (!id) return
    at.current = id
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        next.set('entry', id)
        return next
      },
      { replace: true, preventScrollReset: true },
    )
  }
  const decide = useDecisions((ids) => {
    setChosen((old) => new Set([...old].filter((id) => !ids.includes(id))))
    if (ids.includes(now.id)) open(neighbour(rows.filter((r) => r.id === now.id || !ids.includes(r.id)), now.id, 1))
  })
  const give = (given: DecideOne[]) => !decide.isPending && decide.mutate(given)
  const flip = () => {
    const { id, choices } = here()
    if (choices.length) setChosen((old) => (old.has(id) ? new Set([...old].filter((x) => x !== id)) : new Set([...old, id])))
  }
  useHotkeys([
    ['j', () => open(neighbour(rows, at.current, 1))],
    ['k', () => open(neighbour(rows, at.current, -1))],
    ['x', () => selectable && flip()],
    ['a', () => selectable && setChosen(new Set(rows.filter((r) => r.choices.length).map((r) => r.id)))],
    ...Array.from({ length: 9 }, (_, i): [string, () => void] => [
      String(i + 1),
      () => {
        const choice = here().choices[i]
        if (selectable && choice && !choice.open_id) give([answer(here(), choice)])
      },
    ]),
  ])
  const picked = rows.filter((r) => chosen.has(r.id))
  const first = decide.isPending ? decide.variables[0] : undefined
  return (
    <div className="inbox">
      <div className="stack" style={{ minWidth: 0 }}>
        <EntryList rows={rows} total={total} page={list.params.page} pageSize={list.params.page_size} now={now.id} chosen={chosen} selectable={selectable} onOpen={open} onChoose={setChosen} onPage={(page) => list.set({ page, entry: null })} />
        {selectable && (
          <p className="small sub shortcuts" style={{ margin: '8px 4px' }}>
            <kbd>j</kbd> <kbd>k</kbd> {t('inbox.keys.move')} ・ <kbd>1</kbd>–<kbd>9</kbd> {t('inbox.keys.answer')} ・ <kbd>x</kbd> {t('inbox.keys.select')} ・ <kbd>a</kbd> {t('inbox.keys.all')}
          </p>
        )}
      </div>
      <div style={{ minWidth: 0 }}>
        {picked.length > 0 && <Bulk rows={picked} busy={decide.isPending} onGive={give} onClear={() => setChosen(new Set())} />}
        <OfSync id={now.sync?.id}>
          <Entry key={now.id} entry={now} busy={first?.id === now.id ? `${first.choice} ${first.partner ?? ''}` : decide.isPending ? 'other' : null} onAnswer={(given) => give([given])} />
        </OfSync>
      </div>
    </div>
  )
}

function Bulk({ rows, busy, onGive, onClear }: { rows: InboxRow[]; busy: boolean; onGive: (given: DecideOne[]) => void; onClear: () => void }) {
  const { t } = useTranslation()
  const keys = common(rows)
  return (
    <div className="panel pad" style={{ marginBottom: 12, borderColor: 'var(--primary)' }} role="region" aria-label={t('inbox.bulk')}>
      <div className="row">
        <strong>{t('inbox.chosen', { n: count(rows.length) })}</strong>
        {keys.map((key) => (
          <ActionButton key={key} variant="default" busy={busy} onClick={() => onGive(answersOf(rows, key))}>
            {word(t, 'inbox.choice', key)}
          </ActionButton>
        ))}
        {!keys.length && <span className="sub">{t('inbox.nothing_common')}</span>}
        <Button variant="subtle" onClick={onClear}>
          {t('inbox.unselect')}
        </Button>
      </div>
    </div>
  )
}

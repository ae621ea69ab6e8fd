import { useQuery } from '@tanstack/react-query'
import { RefreshCw, ShieldCheck, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import { ask, refusal } from '../../api/http'
import { useMay } from '../../api/session'
import { authoriseConnection, deleteConnection, testConnection } from '../../client/sdk.gen'
import type { ConnectionDetail } from '../../client/types.gen'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { complain, useAct } from '../../parts/act'
import { useConfirm } from '../../parts/Confirm'
import { Answered, Page } from '../../parts/Page'
import { ProblemNote } from '../../parts/ProblemNote'
import { SandboxLink } from '../../parts/SandboxLink'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import { AccountPanel } from './AccountPanel'
import { CheckPanel } from './CheckPanel'
import { EditSettings } from './EditSettings'
import { HookPanel } from './HookPanel'
import { OutboundPanel } from './OutboundPanel'
import { PeoplePanel } from './PeoplePanel'
import { connectionQuery } from './queries'
import { UsagePanel } from './UsagePanel'

export default function Connection() {
  const { t } = useTranslation()
  const id = Number(useParams().id)
  const query = useQuery(connectionQuery(id))
  return (
    <Page
      title={query.data?.name ?? t('connections.one')}
      about={query.data && <>{word(t, 'service', query.data.service)} <StatusChip of="connection" state={query.data.state} /> <SandboxLink service={query.data.service} /></>}
      crumb={<Link to={routes.connections}>{t('connections.title')}</Link>}
      actions={query.data && <Actions connection={query.data} />}
    >
      <Answered query={query} lines={8}>
        {(connection) => <Body connection={connection} />}
      </Answered>
    </Page>
  )
}

export function useAuthorise(id: number) {
  return useAct(() => ask(authoriseConnection({ path: { connection_id: id }, body: { back: routes.connection(id) } })), {
    done: ({ url }) => window.location.assign(url),
  })
}

function Actions({ connection: c }: { connection: ConnectionDetail }) {
  const { t } = useTranslation()
  const may = useMay()
  const confirm = useConfirm()
  const go = useNavigate()
  const test = useAct(() => ask(testConnection({ path: { connection_id: c.id } })), {
    stale: [['connections'], ['setup']],
    said: t('connections.tested'),
  })
  const authorise = useAuthorise(c.id)
  const remove = async () => {
    const text = c.used_by.length ? t('connections.delete_used', { names: c.used_by.map((u) => u.name).join(', ') }) : t('connections.delete_text')
    if (!(await confirm({ title: t('connections.delete_title', { name: c.name }), text, yes: t('common.delete'), danger: true }))) return
    try {
      await ask(deleteConnection({ path: { connection_id: c.id }, query: { force: c.used_by.length > 0 } }))
      void go(routes.connections)
    } catch (error) {
      complain(refusal(error))
    }
  }
  const mine = c.auth === 'oauth' && !c.authorised
  return (
    <>
      {may('connect') && (
        <ActionButton variant="default" leftSection={<Trash2 size={14} aria-hidden />} onClick={() => void remove()}>
          {t('common.delete')}
        </ActionButton>
      )}
      {c.auth === 'oauth' && !mine && (
        <ActionButton variant="default" busy={authorise.isPending} leftSection={<ShieldCheck size={14} aria-hidden />} onClick={() => authorise.mutate()}>
          {t('connections.authorise_again')}
        </ActionButton>
      )}
      {may('run') && (
        <ActionButton variant={mine ? 'default' : 'filled'} busy={test.isPending} leftSection={<RefreshCw size={14} aria-hidden />} onClick={() => test.mutate()}>
          {t('connections.test')}
        </ActionButton>
      )}
      {mine && (
        <ActionButton busy={authorise.isPending} leftSection={<ShieldCheck size={14} aria-hidden />} onClick={() => authorise.mutate()}>
          {t(c.state === 'reauthorise' ? 'connections.authorise_again' : 'connections.authorise')}
        </ActionButton>
      )}
    </>
  )
}

function Body({ connection: c }: { connection: ConnectionDetail }) {
  const { t } = useTranslation()
  const [search, setSearch] = useSearchParams()
  const may = useMay()
  const authorise = useAuthorise(c.id)
  const refused = search.get('problem')
  const known = refused && word(t, 'connections.refused', refused) !== refused
  return (
    <div className="stack">
      {refused && c.problem?.code !== refused && (
        <div className="note bad" role="alert">
          <strong>{t('connections.refused_title')}</strong>
          <p>{known ? word(t, 'connections.refused', refused) : t('connections.refused_other', { code: refused })}</p>
          <ActionButton variant="default" onClick={() => setSearch({}, { replace: true })}>
            {t('common.close')}
          </ActionButton>
        </div>
      )}
      {c.problem && (
        <ProblemNote
          problem={c.problem}
          action={
            c.auth === 'oauth' && c.problem.recovery === 'reauthorise' ? (
              <ActionButton busy={authorise.isPending} onClick={() => authorise.mutate()}>
                {t('connections.authorise_again')}
              </ActionButton>
            ) : undefined
          }
        />
      )}
      {!c.problem && c.state === 'new' && <div className="note info">{t(c.auth === 'oauth' ? 'connections.new_oauth' : 'connections.new_token')}</div>}
      <AccountPanel connection={c} />
      {c.usage.length > 0 && <UsagePanel usage={c.usage} />}
      {may('run') && c.state === 'ready' && <CheckPanel id={c.id} />}
      {c.auth === 'oauth' && <PeoplePanel id={c.id} />}
      {may('connect') && <EditSettings key={c.version} connection={c} />}
      {may('connect') && <HookPanel id={c.id} />}
      <OutboundPanel />
    </div>
  )
}

import { Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Eye, Play, RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { getSync, runSync } from '../../client/sdk.gen'
import type { SyncDetail } from '../../client/types.gen'
import { OfSync } from '../../i18n/ties'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { Answered, Page } from '../../parts/Page'
import { ProblemNote } from '../../parts/ProblemNote'
import { routes } from '../../routes'
import { PairTiming } from '../setup/PairTiming'
import { Editor } from './Editor'
import { mappingQuery } from './labels'
import { SyncSettings } from './SyncSettings'

export default function Mapping() {
  const { t } = useTranslation()
  const id = Number(useParams().id)
  const [search, setSearch] = useSearchParams()
  const sync = useQuery({ queryKey: ['syncs', id], queryFn: () => ask(getSync({ path: { sync_id: id } })) })
  const mapping = useQuery({ ...mappingQuery(id), refetchOnWindowFocus: false })
  const tab = search.get('tab') === 'settings' ? 'settings' : 'mapping'
  return (
    <OfSync id={id}>
      <Page
        title={sync.data ? t('mapping.title', { name: sync.data.name }) : t('syncs.title')}
        about={sync.data && <Ends sync={sync.data} />}
        crumb={<Link to={routes.syncs}>{t('syncs.title')}</Link>}
        actions={sync.data && <Actions sync={sync.data} />}
      >
        {sync.data?.resync && (
          <div className="note info" style={{ marginBottom: 12 }}>
            {t('consequence.next_compares')}
          </div>
        )}
        {sync.data?.paused && (
          <div style={{ marginBottom: 12 }}>
            <ProblemNote problem={sync.data.paused} tone="attention" action={<Again sync={sync.data} />} />
          </div>
        )}
        <Tabs value={tab} onChange={(v) => setSearch(v === 'settings' ? { tab: 'settings' } : {}, { replace: true })} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="mapping">{t('mapping.tab')}</Tabs.Tab>
            <Tabs.Tab value="settings">{t('mapping.settings')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="mapping">
            <Answered query={mapping} lines={12}>
              {(data) => <Editor key={data.version} id={id} mapping={data} sync={sync.data} />}
            </Answered>
          </Tabs.Panel>
          <Tabs.Panel value="settings">
            <Answered query={sync} lines={8}>
              {(data) => (
                <div className="stack">
                  <SyncSettings key={data.version} sync={data} />
                  {data.preset === 'any_pair' && <PairTiming sync={data.id} />}
                </div>
              )}
            </Answered>
          </Tabs.Panel>
        </Tabs>
      </Page>
    </OfSync>
  )
}

function Ends({ sync }: { sync: SyncDetail }) {
  const end = (e: SyncDetail['left']) =>
    e.deep_link ? (
      <a href={e.deep_link} target="_blank" rel="noreferrer">
        {e.label}
      </a>
    ) : (
      e.label
    )
  return (
    <>
      {sync.left.connection_name}: {end(sync.left)} ↔ {sync.right.connection_name}: {end(sync.right)}
    </>
  )
}

/** Looks at both services again, and runs when everything fits. */
function Again({ sync }: { sync: SyncDetail }) {
  const { t } = useTranslation()
  const may = useMay()
  const go = useNavigate()
  const start = useAct(() => ask(runSync({ path: { sync_id: sync.id }, body: { preview: false } })), { stale: [['runs'], ['inbox'], ['syncs']], done: ({ run_id }) => void go(routes.run(run_id)) })
  if (!may('run') || !sync.linked) return null
  return (
    <ActionButton variant="default" busy={start.isPending} leftSection={<RotateCw size={14} aria-hidden />} onClick={() => start.mutate(undefined)}>
      {t('syncs.again')}
    </ActionButton>
  )
}

function Actions({ sync }: { sync: SyncDetail }) {
  const { t } = useTranslation()
  const may = useMay()
  const go = useNavigate()
  const start = useAct((preview: boolean) => ask(runSync({ path: { sync_id: sync.id }, body: { preview } })), {
    stale: [['runs'], ['setup']],
    done: ({ run_id }) => void go(routes.run(run_id)),
  })
  if (!may('run') || !sync.linked) return null
  return (
    <>
      <ActionButton variant="default" busy={start.isPending && start.variables} leftSection={<Eye size={14} aria-hidden />} onClick={() => start.mutate(true)}>
        {t('run.preview')}
      </ActionButton>
      <ActionButton variant="default" busy={start.isPending && !start.variables} leftSection={<Play size={14} aria-hidden />} onClick={() => start.mutate(false)}>
        {t('run.now')}
      </ActionButton>
    </>
  )
}

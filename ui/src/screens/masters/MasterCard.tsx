import { Button, Menu } from '@mantine/core'
import { CloudDownload, CloudUpload, Link2, MoreHorizontal } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { disableMaster, enableMaster, importMaster, uploadMaster } from '../../client/sdk.gen'
import type { MasterRow, StartedMany } from '../../client/types.gen'
import { count, minute } from '../../format'
import { label } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { useConfirm } from '../../parts/Confirm'
import { ProblemNote } from '../../parts/ProblemNote'
import { StatusChip } from '../../parts/StatusChip'
import { ResultLine } from '../runs/ResultLine'
import { routes } from '../../routes'

type Way = 'import' | 'upload'

export function whereTo(started: StartedMany): string {
  return started.runs.length === 1 ? routes.run(started.runs[0]!) : `${routes.runs}${started.batch ? `?batch=${started.batch}` : ''}`
}

function useStart(kind: string) {
  const go = useNavigate()
  return useAct(
    ({ way, preview }: { way: Way; preview: boolean }) => {
      const call = { path: { kind }, body: { preview } }
      return ask(way === 'import' ? importMaster(call) : uploadMaster(call))
    },
    { stale: [['masters'], ['runs'], ['setup']], done: (started) => void go(whereTo(started)) },
  )
}

export function MasterCard({ master: m, first, onLink }: { master: MasterRow; first: boolean; onLink: () => void }) {
  const { t } = useTranslation()
  return (
    <article style={{ padding: '12px 16px', borderTop: first ? undefined : '1px solid var(--line)' }} aria-label={label(m)}>
      <div className="row" style={{ alignItems: 'flex-start' }}>
        <div style={{ flex: '1 1 320px', minWidth: 0 }}>
          <div className="row">
            <h3 style={{ fontSize: 13 }}>{label(m)}</h3>
            <StatusChip of="master" state={m.state} />
          </div>
          {m.left && m.right ? <Ends master={m} /> : <div className="sub small">{t('masters.not_linked')}</div>}
          {m.last_run && <ResultLine run={m.last_run} when={minute(m.last_run.ran_at)} />}
        </div>
        <Actions master={m} onLink={onLink} />
      </div>
      {m.reason && (
        <div style={{ marginTop: 8 }}>
          <ProblemNote problem={m.reason} tone="attention" />
        </div>
      )}
    </article>
  )
}

function Ends({ master: m }: { master: MasterRow }) {
  const { t } = useTranslation()
  const end = (side: NonNullable<MasterRow['left']>) => (
    <>
      {side.connection_name}: {side.link ? <a href={side.link} target="_blank" rel="noreferrer">{side.label}</a> : side.label}
    </>
  )
  return (
    <div className="small">
      {end(m.left!)} <span aria-hidden>{m.directions.length > 1 ? '↔' : '←'}</span> {end(m.right!)}
      {' ・ '}
      <Link to={`${routes.partners}?kind=${m.kind}`}>{t('masters.pairs', { n: count(m.bindings) })}</Link>
    </div>
  )
}

function Actions({ master: m, onLink }: { master: MasterRow; onLink: () => void }) {
  const { t } = useTranslation()
  const may = useMay()
  const start = useStart(m.kind)
  const both = m.directions.includes('to_right')
  if (m.state === 'unlinked' || m.state === 'unavailable') {
    return may('configure') ? (
      <Button leftSection={<Link2 size={14} aria-hidden />} onClick={onLink} disabled={m.state === 'unavailable'}>
        {t('masters.link')}
      </Button>
    ) : null
  }
  const busy = (way: Way) => start.isPending && start.variables?.way === way
  return (
    <div className="row">
      {may('run') && m.state === 'linked' && (
        <>
          <ActionButton variant="default" busy={busy('import')} leftSection={<CloudDownload size={14} aria-hidden />} onClick={() => start.mutate({ way: 'import', preview: false })}>
            {t('masters.import')}
          </ActionButton>
          {both && (
            <ActionButton variant="default" busy={busy('upload')} leftSection={<CloudUpload size={14} aria-hidden />} onClick={() => start.mutate({ way: 'upload', preview: false })}>
              {t('masters.upload')}
            </ActionButton>
          )}
        </>
      )}
      <More master={m} onLink={onLink} onPreview={(way) => start.mutate({ way, preview: true })} />
    </div>
  )
}

function More({ master: m, onLink, onPreview }: { master: MasterRow; onLink: () => void; onPreview: (way: Way) => void }) {
  const { t } = useTranslation()
  const may = useMay()
  const confirm = useConfirm()
  const stale = [['masters'], ['schedules'], ['setup']]
  const enable = useAct(() => ask(enableMaster({ path: { kind: m.kind } })), { stale, said: t('masters.enabled') })
  const disable = useAct(() => ask(disableMaster({ path: { kind: m.kind } })), { stale, said: t('masters.disabled') })
  const stop = async () => {
    if (await confirm({ title: t('masters.disable_title', { name: label(m) }), text: t('masters.disable_text', { n: count(m.bindings) }), yes: t('masters.disable') })) disable.mutate()
  }
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button variant="default" px={8} aria-label={t('masters.more', { name: label(m) })}>
          <MoreHorizontal size={16} aria-hidden />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {may('run') && m.state === 'linked' && <Menu.Item onClick={() => onPreview('import')}>{t('masters.preview_import')}</Menu.Item>}
        {may('run') && m.state === 'linked' && m.directions.includes('to_right') && <Menu.Item onClick={() => onPreview('upload')}>{t('masters.preview_upload')}</Menu.Item>}
        {m.sync_id && (
          <Menu.Item component={Link} to={routes.sync(m.sync_id)}>
            {t('masters.mapping')}
          </Menu.Item>
        )}
        {may('configure') && <Menu.Item onClick={onLink}>{t('masters.relink')}</Menu.Item>}
        {may('configure') && m.state === 'linked' && <Menu.Item onClick={() => void stop()}>{t('masters.disable')}</Menu.Item>}
        {may('configure') && m.state === 'disabled' && <Menu.Item onClick={() => enable.mutate()}>{t('masters.enable')}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  )
}

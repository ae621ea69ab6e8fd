import { Button, Group, Modal, Select, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { ask } from '../../api/http'
import { useSession } from '../../api/session'
import { linkMaster, listObjects } from '../../client/sdk.gen'
import type { ConnectionRow, LinkOut, MasterRow, ObjectChoice, ServiceRow } from '../../client/types.gen'
import { matches } from '../../fold'
import { label } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { Answered } from '../../parts/Page'
import { FailureNote, ProblemNote } from '../../parts/ProblemNote'
import { SearchSelect } from '../../parts/SearchSelect'
import { useReturnFocus } from '../../parts/returnFocus'
import { routes } from '../../routes'
import { allConnections, servicesQuery } from '../connections/queries'

interface Props {
  master: MasterRow
  onClose: () => void
}

/** Ties one kind of master of the accounting service to one app of the CRM. */
export function LinkDialog({ master, onClose }: Props) {
  const { t } = useTranslation()
  useReturnFocus()
  const services = useQuery(servicesQuery)
  const connections = useQuery(allConnections)
  const both = { data: services.data && connections.data ? { services: services.data, connections: connections.data.rows } : undefined, error: services.error ?? connections.error, refetch: () => void (services.refetch(), connections.refetch()) }
  return (
    <Modal opened onClose={onClose} size="lg" title={t('masters.link_title', { name: label(master) })} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Answered query={both} lines={4}>
        {(data) => <Form master={master} onClose={onClose} {...data} />}
      </Answered>
    </Modal>
  )
}

/** The app whose name says the kind: 「取引先マスタ」 for 取引先. Only a suggestion, and only when one stands out. */
function likely(rows: ObjectChoice[], master: MasterRow): string | null {
  const fits = rows.filter((o) => o.available && [master.ja, master.en].some((name) => matches(name, o.ja, o.en)))
  const best = fits.sort((a, b) => a.ja.length - b.ja.length)[0]
  return best && fits.filter((o) => o.ja.length === best.ja.length).length === 1 ? best.name : null
}

function Form({ master, onClose, services, connections }: Props & { services: ServiceRow[]; connections: ConnectionRow[] }) {
  const { t } = useTranslation()
  const go = useNavigate()
  const { data: session } = useSession()
  const role = (c: ConnectionRow) => services.find((s) => s.service === c.service)?.role
  const crm = connections.filter((c) => role(c) === 'crm')
  const accounting = connections.filter((c) => role(c) === 'accounting')
  const [left, setLeft] = useState<number | null>(master.left?.connection ?? crm[0]?.id ?? null)
  const [right, setRight] = useState<number | null>(master.right?.connection ?? accounting[0]?.id ?? null)
  const [chosen, setObject] = useState<string | null>(master.left?.object ?? null)
  const objects = useQuery({
    queryKey: ['objects', left],
    queryFn: () => ask(listObjects({ path: { connection_id: left! } })),
    enabled: left !== null,
  })
  const rows = objects.data?.rows ?? []
  const told = (session?.demo?.objects as Record<string, string> | undefined)?.[master.kind]
  const object = chosen ?? rows.find((o) => o.name === told)?.name ?? likely(rows, master)
  const link = useAct(() => ask(linkMaster({ path: { kind: master.kind }, body: { left_connection: left!, left_object: object!, right_connection: right! } })), {
    quiet: true,
    stale: [['masters'], ['schedules'], ['setup'], ['syncs'], ['session']],
    done: (out: LinkOut) => {
      if (!out.problems.length) onClose()
    },
  })
  if (!crm.length || !accounting.length) {
    return (
      <div className="empty">
        <p>{t('masters.need_connections')}</p>
        <Button component={Link} to={routes.connections}>
          {t('nav.connections')}
        </Button>
      </div>
    )
  }
  const pick = (rows: ConnectionRow[]) => rows.map((c) => ({ value: String(c.id), label: c.name }))
  return (
    <Stack gap="md">
      {Boolean(link.error) && <FailureNote error={link.error} />}
      {link.data ? (
        <>
          <p style={{ margin: 0 }}>{t('masters.linked_with_problems')}</p>
          {link.data.problems.map((p, i) => (
            <ProblemNote key={i} problem={p.problem} tone={p.severity === 'error' ? 'bad' : 'attention'} />
          ))}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.close')}
            </Button>
            <Button onClick={() => void go(routes.sync(link.data.sync_id))}>{t('masters.mapping')}</Button>
          </Group>
        </>
      ) : (
        <>
          <Select label={t('masters.crm_connection')} data={pick(crm)} value={left === null ? null : String(left)} onChange={(v) => { setLeft(v ? Number(v) : null); setObject(null) }} allowDeselect={false} />
          <SearchSelect
            label={t('masters.app')}
            data-autofocus
            description={t('masters.app_help')}
            required
            placeholder={t(objects.isLoading ? 'common.loading' : 'masters.app_choose')}
            data={(objects.data?.rows ?? []).map((o) => ({ value: o.name, label: label(o), hint: o.name, also: o.name, disabled: !o.available }))}
            value={object}
            onChange={setObject}
          />
          {objects.error && <FailureNote error={objects.error} onRetry={() => void objects.refetch()} />}
          <Select label={t('masters.accounting_connection')} data={pick(accounting)} value={right === null ? null : String(right)} onChange={(v) => setRight(v ? Number(v) : null)} allowDeselect={false} />
          <div className="note info small">{t('masters.link_note')}</div>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <ActionButton busy={link.isPending} disabled={left === null || right === null || !object} onClick={() => link.mutate()}>
              {t('masters.link')}
            </ActionButton>
          </Group>
        </>
      )}
    </Stack>
  )
}

import { Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { chooseAccount } from '../../client/sdk.gen'
import type { ConnectionDetail } from '../../client/types.gen'
import { day, minute } from '../../format'
import { label, word } from '../../i18n'
import { useAct } from '../../parts/act'
import { Chip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import { useServices } from './queries'

/** Which company or subdomain the connection leads to, and what its plan allows. */
export function AccountPanel({ connection: c }: { connection: ConnectionDetail }) {
  const { t } = useTranslation()
  const may = useMay()
  const { data: services } = useServices()
  const choose = useAct((account_id: string) => ask(chooseAccount({ path: { connection_id: c.id }, body: { account_id } })), {
    stale: [['connections'], ['setup']],
    said: t('common.saved'),
  })
  const a = c.account
  const choices = a?.choices ?? []
  const plans = services?.find((s) => s.service === c.service)?.settings.find((s) => s.name === 'plan')?.choices
  const plan = plans?.find((p) => p.value === a?.plan)
  const known = Object.entries(a?.capabilities ?? {}).filter(([name]) => word(t, 'capability', name) !== name)
  return (
    <section className="panel pad" aria-labelledby="account">
      <h2 id="account" style={{ fontSize: 15, marginBottom: 8 }}>
        {t('connections.account')}
      </h2>
      <dl className="facts">
        <dt>{t('connections.account')}</dt>
        <dd>
          {choices.length > 1 && may('connect') ? (
            <Select
              aria-label={t('connections.account')}
              maw={360}
              data={choices.map((x) => ({ value: x.id, label: x.note ? `${x.name} (${x.note})` : x.name }))}
              value={a?.id ?? null}
              onChange={(id) => id && choose.mutate(id)}
              allowDeselect={false}
              disabled={choose.isPending}
            />
          ) : (
            (a?.name ?? t('connections.not_yet'))
          )}
        </dd>
        {a?.user_name && (
          <>
            <dt>{t('connections.service_user')}</dt>
            <dd>{a.user_name}</dd>
          </>
        )}
        {a?.plan && (
          <>
            <dt>{t('connections.plan')}</dt>
            <dd>{plan ? label(plan) : a.plan}</dd>
          </>
        )}
        {known.length > 0 && (
          <>
            <dt>{t('connections.capabilities')}</dt>
            <dd className="row">
              {known.map(([name, on]) => (
                <Chip key={name} tone={on ? 'ok' : 'mute'}>
                  {word(t, 'capability', name)}: {t(on ? 'common.on' : 'common.off')}
                </Chip>
              ))}
            </dd>
          </>
        )}
        <dt>{t('connections.checked')}</dt>
        <dd className="tnum">{minute(c.checked_at)}</dd>
        {c.expires_hint && (
          <>
            <dt>{t('connections.expires')}</dt>
            <dd>
              <span className="tnum">{day(c.expires_hint)}</span> <span className="sub small">{t('connections.expires_help')}</span>
            </dd>
          </>
        )}
        <dt>{t('connections.used_by')}</dt>
        <dd className="row">
          {c.used_by.length
            ? c.used_by.map((u) => (
                <Link key={u.id} to={routes.sync(u.id)}>
                  {u.name}
                </Link>
              ))
            : t('common.none')}
        </dd>
        {c.created_by && (
          <>
            <dt>{t('connections.created_by')}</dt>
            <dd>{c.created_by}</dd>
          </>
        )}
      </dl>
    </section>
  )
}

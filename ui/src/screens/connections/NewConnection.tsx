import { Radio, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { ask } from '../../api/http'
import { useSession } from '../../api/session'
import { authoriseConnection, createConnection, testConnection } from '../../client/sdk.gen'
import type { ConnectionDetail, ServiceRow } from '../../client/types.gen'
import { label, word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { Answered, Page } from '../../parts/Page'
import { FailureNote } from '../../parts/ProblemNote'
import { routes } from '../../routes'
import { Copyable } from './Copyable'
import { servicesQuery } from './queries'
import { check, demoOf, forAuth, outgoing, startValues } from './settings'
import { SettingsForm } from './SettingsForm'

export default function NewConnection() {
  const { t } = useTranslation()
  const query = useQuery(servicesQuery)
  const [search, setSearch] = useSearchParams()
  return (
    <Page title={t('connections.new')} crumb={<Link to={routes.connections}>{t('connections.title')}</Link>}>
      <Answered query={query} lines={8}>
        {(services) => {
          const chosen = services.find((s) => s.service === search.get('service'))
          return chosen ? <Form key={chosen.service} service={chosen} /> : <Choose services={services} onChoose={(s) => setSearch({ service: s })} />
        }}
      </Answered>
    </Page>
  )
}

function Choose({ services, onChoose }: { services: ServiceRow[]; onChoose: (service: string) => void }) {
  const { t } = useTranslation()
  return (
    <div className="stack">
      {(['crm', 'accounting'] as const).map((role) => (
        <section key={role} className="panel pad">
          <h2 style={{ fontSize: 15, marginBottom: 8 }}>{t(`connections.role.${role}`)}</h2>
          <div className="row">
            {services
              .filter((s) => s.role === role)
              .map((s) => (
                <ActionButton key={s.service} variant="default" onClick={() => onChoose(s.service)}>
                  {label(s)}
                </ActionButton>
              ))}
          </div>
        </section>
      ))}
    </div>
  )
}

function Form({ service }: { service: ServiceRow }) {
  const { t } = useTranslation()
  const go = useNavigate()
  const { data: session } = useSession()
  const demo = demoOf(session?.demo, service.service)
  const [auth, setAuth] = useState(demo.auth ?? service.auth[0] ?? '')
  const [name, setName] = useState(demo.name ?? label(service))
  const [values, setValues] = useState(() => startValues(service, demo.settings))
  const [tried, setTried] = useState(false)
  const settings = forAuth(service.settings, auth)
  const faults = check(settings, values)
  const create = useAct(() => connect({ service: service.service, name, auth, settings: outgoing(settings, values) }), {
    quiet: true,
    stale: [['connections'], ['setup']],
    done: (made) => {
      if (made.url) window.location.assign(made.url)
      else void go(routes.connection(made.connection.id))
    },
  })
  return (
    <form
      className="panel pad"
      style={{ maxWidth: 640 }}
      noValidate
      onSubmit={(e) => {
        e.preventDefault()
        setTried(true)
        if (name.trim() && !Object.keys(faults).length) create.mutate()
      }}
    >
      <Stack gap="md">
        {Boolean(create.error) && <FailureNote error={create.error} />}
        {Object.keys(demo.settings).length > 0 && <div className="note info">{t('connections.demo')}</div>}
        <TextInput label={t('connections.name')} description={t('connections.name_help')} required value={name} onChange={(e) => setName(e.currentTarget.value)} error={tried && !name.trim() ? t('connections.fault.required') : undefined} />
        {service.auth.length > 1 && (
          <Radio.Group label={t('connections.auth')} value={auth} onChange={setAuth}>
            <Stack gap="xs" mt={4}>
              {service.auth.map((a) => (
                <Radio key={a} value={a} label={word(t, 'auth', a)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {auth === 'oauth' && service.redirect_uri && (
          <div>
            <div style={{ fontWeight: 500 }}>{t('connections.redirect')}</div>
            <div className="sub small">{t('connections.redirect_help', { service: label(service) })}</div>
            <Copyable text={service.redirect_uri} />
            {service.docs && (
              <a href={service.docs} target="_blank" rel="noreferrer" className="small">
                {t('connections.docs', { service: label(service) })}
              </a>
            )}
          </div>
        )}
        <SettingsForm settings={settings} values={values} onChange={setValues} faults={tried ? faults : {}} />
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <ActionButton variant="default" onClick={() => void go(routes.connections)}>
            {t('common.cancel')}
          </ActionButton>
          <ActionButton type="submit" busy={create.isPending}>
            {t(auth === 'oauth' ? 'connections.save_authorise' : 'connections.save_test', { service: label(service) })}
          </ActionButton>
        </div>
      </Stack>
    </form>
  )
}

/** Saves, then goes on to the consent page or tests at once. A failed test is told on the connection's own screen. */
async function connect(body: { service: string; name: string; auth: string; settings: Record<string, unknown> }): Promise<{ connection: ConnectionDetail; url?: string }> {
  const connection = await ask(createConnection({ body }))
  const path = { connection_id: connection.id }
  try {
    if (body.auth === 'oauth') {
      const { url } = await ask(authoriseConnection({ path, body: { back: routes.connection(connection.id) } }))
      return { connection, url }
    }
    await ask(testConnection({ path }))
  } catch {
    // The connection exists: its screen shows what is wrong with it.
  }
  return { connection }
}

import { Accordion, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { patchConnection } from '../../client/sdk.gen'
import type { ConnectionDetail, ServiceRow } from '../../client/types.gen'
import { useAct } from '../../parts/act'
import { FailureNote } from '../../parts/ProblemNote'
import { SaveBar } from '../../parts/Unsaved'
import { useServices } from './queries'
import { check, forAuth, outgoing, startValues } from './settings'
import { SettingsForm } from './SettingsForm'

export function EditSettings({ connection }: { connection: ConnectionDetail }) {
  const { t } = useTranslation()
  const services = useServices()
  const service = services.data?.find((s) => s.service === connection.service)
  if (!service) return null
  return (
    <Accordion variant="contained" className="panel" keepMounted={false}>
      <Accordion.Item value="settings">
        <Accordion.Control>{t('connections.settings')}</Accordion.Control>
        <Accordion.Panel>
          <Form connection={connection} service={service} />
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}

function Form({ connection: c, service }: { connection: ConnectionDetail; service: ServiceRow }) {
  const { t } = useTranslation()
  const before = startValues(service, c.settings)
  const [name, setName] = useState(c.name)
  const [values, setValues] = useState(before)
  const settings = forAuth(service.settings, c.auth)
  const faults = check(settings, values, c.secrets)
  const dirty = name !== c.name || JSON.stringify(values) !== JSON.stringify(before)
  const save = useAct(() => ask(patchConnection({ path: { connection_id: c.id }, body: { name, settings: outgoing(settings, values, before), version: c.version } })), {
    quiet: true,
    stale: [['connections']],
    said: t('common.saved'),
  })
  return (
    <Stack gap="md" maw={640}>
      {Boolean(save.error) && <FailureNote error={save.error} />}
      <TextInput label={t('connections.name')} required value={name} onChange={(e) => setName(e.currentTarget.value)} />
      <SettingsForm settings={settings} values={values} onChange={setValues} faults={dirty ? faults : {}} stored={c.secrets} />
      <SaveBar
        dirty={dirty}
        saving={save.isPending}
        onSave={() => save.mutate()}
        blocked={Object.keys(faults).length || !name.trim() ? t('connections.fault.some') : undefined}
        onUndo={() => {
          setName(c.name)
          setValues(before)
        }}
      />
    </Stack>
  )
}

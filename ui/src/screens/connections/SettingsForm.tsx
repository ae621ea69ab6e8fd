import { Accordion, ActionIcon, Button, PasswordInput, Select, Stack, TextInput } from '@mantine/core'
import { Plus, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { SettingRow } from '../../client/types.gen'
import { label, language } from '../../i18n'
import { isAdvanced, type AppToken, type Fault, type Values } from './settings'

interface Props {
  settings: SettingRow[]
  values: Values
  onChange: (values: Values) => void
  faults: Record<string, Fault>
  stored?: string[]
}

/** One input per SettingSpec of the service; nothing here knows a vendor. */
export function SettingsForm({ settings, values, onChange, faults, stored = [] }: Props) {
  const { t } = useTranslation()
  const input = (s: SettingRow) => (
    <Setting
      key={s.name}
      setting={s}
      value={values[s.name]}
      error={faults[s.name] && t(`connections.fault.${faults[s.name]!}`)}
      stored={stored.includes(s.name)}
      onChange={(value) => onChange({ ...values, [s.name]: value })}
    />
  )
  const advanced = settings.filter(isAdvanced)
  return (
    <Stack gap="md">
      {settings.filter((s) => !isAdvanced(s)).map(input)}
      {advanced.length > 0 && (
        <Accordion variant="contained" defaultValue={advanced.some((s) => faults[s.name]) ? 'advanced' : null}>
          <Accordion.Item value="advanced">
            <Accordion.Control>{t('connections.advanced')}</Accordion.Control>
            <Accordion.Panel>
              <Stack gap="md">{advanced.map(input)}</Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </Stack>
  )
}

interface SettingProps {
  setting: SettingRow
  value: string | AppToken[] | undefined
  error?: string
  stored: boolean
  onChange: (value: string | AppToken[]) => void
}

function Setting({ setting: s, value, error, stored, onChange }: SettingProps) {
  const { t } = useTranslation()
  const help = language() === 'ja' ? s.help_ja : s.help_en
  const common = { label: label(s), description: help || undefined, withAsterisk: s.required && !stored, error }
  if (s.kind === 'apps') return <Apps {...common} value={Array.isArray(value) ? value : []} stored={stored} onChange={onChange} />
  const text = typeof value === 'string' ? value : ''
  if (s.kind === 'choice') {
    return (
      <Select {...common} data={s.choices.map((c) => ({ value: c.value, label: label(c) }))} value={text || null} onChange={(v) => onChange(v ?? '')} clearable={!s.required} />
    )
  }
  if (s.secret) {
    return (
      <PasswordInput
        {...common}
        autoComplete="off"
        placeholder={stored ? t('connections.stored') : undefined}
        value={text}
        onChange={(e) => onChange(e.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }}
      />
    )
  }
  return <TextInput {...common} value={text} onChange={(e) => onChange(e.currentTarget.value)} spellCheck={false} autoComplete="off" />
}

interface AppsProps {
  label: string
  description?: string
  error?: string
  value: AppToken[]
  stored: boolean
  onChange: (value: AppToken[]) => void
}

/** A list of apps with a token each. */
function Apps({ label: title, description, error, value, stored, onChange }: AppsProps) {
  const { t } = useTranslation()
  const set = (i: number, change: Partial<AppToken>) => onChange(value.map((a, j) => (i === j ? { ...a, ...change } : a)))
  return (
    <fieldset>
      <legend>{title}</legend>
      {description && <div className="sub small">{description}</div>}
      {stored && !value.length && <div className="sub small">{t('connections.stored')}</div>}
      <Stack gap="sm" mt={4}>
        {value.map((app, i) => (
          <div key={i} className="row" style={{ flexWrap: 'nowrap' }}>
            <TextInput aria-label={t('connections.app_id_n', { n: i + 1 })} placeholder={t('connections.app_id')} value={app.id} onChange={(e) => set(i, { id: e.currentTarget.value })} w={110} inputMode="numeric" />
            <PasswordInput
              aria-label={t('connections.app_token_n', { n: i + 1 })}
              placeholder={t('connections.app_token')}
              autoComplete="off"
              value={app.token}
              onChange={(e) => set(i, { token: e.currentTarget.value })}
              style={{ flex: 1 }}
              visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }}
            />
            <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('connections.app_remove', { n: i + 1 })} onClick={() => onChange(value.filter((_, j) => j !== i))}>
              <Trash2 size={16} aria-hidden />
            </ActionIcon>
          </div>
        ))}
      </Stack>
      {error && (
        <div className="small" style={{ color: '#9d1c1c' }}>
          {error}
        </div>
      )}
      <Button mt={8} variant="default" leftSection={<Plus size={14} aria-hidden />} onClick={() => onChange([...value, { id: '', token: '' }])}>
        {t('connections.app_add')}
      </Button>
    </fieldset>
  )
}

import { Group, Modal, PasswordInput, Select, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { createUser } from '../../client/sdk.gen'
import { language, word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { FailureNote } from '../../parts/ProblemNote'
import { useReturnFocus } from '../../parts/returnFocus'
import { ROLES, type Role } from './roles'

export function NewUser({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  useReturnFocus()
  const [form, setForm] = useState<{ name: string; email: string; password: string; role: Role }>({ name: '', email: '', password: '', role: 'operator' })
  const create = useAct(() => ask(createUser({ body: { ...form, password: form.password || null, language: language() } })), {
    quiet: true,
    stale: [['users']],
    said: t('users.added'),
    done: onClose,
  })
  const text = (key: 'name' | 'email' | 'password') => ({
    value: form[key],
    onChange: (e: React.ChangeEvent<HTMLInputElement>) => {
      const { value } = e.currentTarget
      setForm((old) => ({ ...old, [key]: value }))
    },
  })
  return (
    <Modal opened onClose={onClose} title={t('users.add')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <form
        onSubmit={(e) => {
          e.preventDefault()
          create.mutate()
        }}
      >
        <Stack gap="md">
          {Boolean(create.error) && <FailureNote error={create.error} />}
          <TextInput label={t('field.name')} required data-autofocus {...text('name')} />
          <TextInput label={t('field.email')} type="email" required autoComplete="off" {...text('email')} />
          <PasswordInput label={t('users.first_password')} description={t('users.first_password_help')} autoComplete="new-password" visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }} {...text('password')} />
          <Select label={t('users.role')} description={t(`role_about.${form.role}`)} data={ROLES.map((r) => ({ value: r, label: word(t, 'role', r) }))} value={form.role} onChange={(r) => r && setForm({ ...form, role: r as Role })} allowDeselect={false} />
          <Group justify="flex-end">
            <ActionButton variant="default" onClick={onClose}>
              {t('common.cancel')}
            </ActionButton>
            <ActionButton type="submit" busy={create.isPending}>
              {t('common.add')}
            </ActionButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

import { PasswordInput, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { useSession } from '../../api/session'
import { patchMe } from '../../client/sdk.gen'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { Page } from '../../parts/Page'
import { FailureNote } from '../../parts/ProblemNote'

export default function Me() {
  const { t } = useTranslation()
  const { data } = useSession()
  return (
    <Page title={t('nav.me')} about={data?.user && `${data.user.email} ・ ${word(t, 'role', data.role ?? '')}`}>
      <div className="stack" style={{ maxWidth: 480 }}>
        <Name name={data?.user?.name ?? ''} />
        <Password />
      </div>
    </Page>
  )
}

function Name({ name: before }: { name: string }) {
  const { t } = useTranslation()
  const [name, setName] = useState(before)
  const save = useAct(() => ask(patchMe({ body: { name } })), { stale: [['session']], said: t('common.saved') })
  return (
    <form
      className="panel pad"
      onSubmit={(e) => {
        e.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="md">
        <TextInput label={t('field.name')} required value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <div>
          <ActionButton type="submit" busy={save.isPending} disabled={name === before || !name.trim()}>
            {t('common.save')}
          </ActionButton>
        </div>
      </Stack>
    </form>
  )
}

function Password() {
  const { t } = useTranslation()
  const [form, setForm] = useState({ now: '', next: '', again: '' })
  const differs = form.again !== '' && form.next !== form.again
  const save = useAct(() => ask(patchMe({ body: { current_password: form.now, new_password: form.next } })), {
    quiet: true,
    said: t('me.password_changed'),
    done: () => setForm({ now: '', next: '', again: '' }),
  })
  const field = (key: keyof typeof form) => ({
    value: form[key],
    required: true,
    visibilityToggleButtonProps: { 'aria-label': t('field.show_password') },
    onChange: (e: React.ChangeEvent<HTMLInputElement>) => {
      const { value } = e.currentTarget
      setForm((old) => ({ ...old, [key]: value }))
    },
  })
  return (
    <form
      className="panel pad"
      onSubmit={(e) => {
        e.preventDefault()
        if (form.next === form.again) save.mutate()
      }}
    >
      <h2 style={{ fontSize: 15, marginBottom: 8 }}>{t('me.password')}</h2>
      <Stack gap="md">
        {Boolean(save.error) && <FailureNote error={save.error} />}
        <PasswordInput label={t('me.current')} autoComplete="current-password" {...field('now')} />
        <PasswordInput label={t('me.new')} description={t('field.password_rule')} minLength={10} autoComplete="new-password" {...field('next')} />
        <PasswordInput label={t('field.password_again')} autoComplete="new-password" error={differs ? t('field.password_differs') : undefined} {...field('again')} />
        <p className="small sub" style={{ margin: 0 }}>
          {t('me.password_about')}
        </p>
        <div>
          <ActionButton type="submit" busy={save.isPending}>
            {t('me.change')}
          </ActionButton>
        </div>
      </Stack>
    </form>
  )
}

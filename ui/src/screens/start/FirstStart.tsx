import { PasswordInput, Stack, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { ask } from '../../api/http'
import { become } from '../../api/session'
import { firstStart } from '../../client/sdk.gen'
import { language } from '../../i18n'
import { Brand } from '../../layout/Brand'
import { LanguageSwitch } from '../../layout/LanguageSwitch'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { FailureNote } from '../../parts/ProblemNote'
import { routes } from '../../routes'

/** Only while there is no user: creates the owner and the first workspace. */
export default function FirstStart() {
  const { t } = useTranslation()
  const go = useNavigate()
  const [form, setForm] = useState({ workspace: '', name: '', email: '', password: '', again: '' })
  const [tried, setTried] = useState(false)
  const set = (key: keyof typeof form) => (e: React.ChangeEvent<HTMLInputElement>) => {
    const { value } = e.currentTarget
    setForm((old) => ({ ...old, [key]: value }))
  }
  const create = useAct(
    () => ask(firstStart({ body: { workspace: form.workspace, name: form.name, email: form.email, password: form.password, language: language() } })),
    {
      quiet: true,
      done: (session) => {
        become(session)
        void go(routes.setup, { replace: true })
      },
    },
  )
  const differs = form.password !== form.again
  useEffect(() => {
    document.title = `${t('first_start.title')} | ${t('brand')}`
  }, [t])
  return (
    <main className="gate">
      <div className="panel">
        <div className="brand" style={{ padding: 0, marginBottom: 12 }}>
          <Brand />
        </div>
        <h1 style={{ fontSize: 20 }}>{t('first_start.title')}</h1>
        <p className="sub">{t('first_start.about')}</p>
        <form
          onSubmit={(e) => {
            e.preventDefault()
            setTried(true)
            if (!differs) create.mutate()
          }}
        >
          <Stack gap="md">
            {Boolean(create.error) && <FailureNote error={create.error} />}
            <TextInput label={t('field.company')} required value={form.workspace} onChange={set('workspace')} autoComplete="organization" autoFocus />
            <TextInput label={t('field.name')} required value={form.name} onChange={set('name')} autoComplete="name" />
            <TextInput label={t('field.email')} type="email" required value={form.email} onChange={set('email')} autoComplete="username" />
            <PasswordInput label={t('field.password')} description={t('field.password_rule')} required minLength={10} value={form.password} onChange={set('password')} autoComplete="new-password" visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }} />
            <PasswordInput label={t('field.password_again')} required value={form.again} onChange={set('again')} autoComplete="new-password" error={tried && differs ? t('field.password_differs') : undefined} visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }} />
            <ActionButton type="submit" busy={create.isPending} fullWidth>
              {t('first_start.submit')}
            </ActionButton>
          </Stack>
        </form>
        <div style={{ marginTop: 20 }}>
          <LanguageSwitch />
        </div>
      </div>
    </main>
  )
}

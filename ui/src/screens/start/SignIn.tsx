import { PasswordInput, Stack, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { become, useSession } from '../../api/session'
import { signIn } from '../../client/sdk.gen'
import { Brand } from '../../layout/Brand'
import { LanguageSwitch } from '../../layout/LanguageSwitch'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { FailureNote } from '../../parts/ProblemNote'

const text = (demo: unknown, key: string): string => {
  const value = (demo as Record<string, unknown> | null | undefined)?.[key]
  return typeof value === 'string' ? value : ''
}

export default function SignIn() {
  const { t } = useTranslation()
  const { data } = useSession()
  const [email, setEmail] = useState(text(data?.demo, 'email'))
  const [password, setPassword] = useState(text(data?.demo, 'password'))
  const enter = useAct(() => ask(signIn({ body: { email, password } })), {
    quiet: true,
    done: become,
  })
  useEffect(() => {
    document.title = `${t('sign_in.title')} | ${t('brand')}`
  }, [t])
  return (
    <main className="gate">
      <div className="panel">
        <div className="brand" style={{ padding: 0, marginBottom: 12 }}>
          <Brand />
        </div>
        <h1 style={{ fontSize: 20 }}>{t('sign_in.title')}</h1>
        <form
          onSubmit={(e) => {
            e.preventDefault()
            enter.mutate()
          }}
        >
          <Stack gap="md" mt="md">
            {Boolean(enter.error) && <FailureNote error={enter.error} />}
            {data?.demo && text(data.demo, 'password') && <p className="note info">{t('sign_in.demo')}</p>}
            <TextInput label={t('field.email')} type="email" autoComplete="username" required value={email} onChange={(e) => setEmail(e.currentTarget.value)} autoFocus={!email} />
            <PasswordInput
              label={t('field.password')}
              autoComplete="current-password"
              required
              value={password}
              onChange={(e) => setPassword(e.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }}
            />
            <ActionButton type="submit" busy={enter.isPending} fullWidth>
              {t('sign_in.submit')}
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

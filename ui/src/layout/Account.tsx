import { Button, Menu } from '@mantine/core'
import { ChevronsUpDown, LogOut, UserRound } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { ask } from '../api/http'
import { become, useSession } from '../api/session'
import { enterWorkspace, signOut } from '../client/sdk.gen'
import { routes } from '../routes'
import { useAct } from '../parts/act'

/** Who is signed in, in which workspace; the way out. */
export function Account() {
  const { t } = useTranslation()
  const { data } = useSession()
  const go = useNavigate()
  const leave = useAct(() => ask(signOut()), {
    done: become,
  })
  const enter = useAct((id: number) => ask(enterWorkspace({ path: { workspace_id: id } })), {
    done: (session) => {
      become(session)
      void go(routes.dashboard)
    },
  })
  if (!data?.user) return null
  const others = (data.workspaces ?? []).filter((w) => w.id !== data.workspace?.id)
  return (
    <Menu position="top-start" width={220} shadow="md">
      <Menu.Target>
        <Button variant="default" fullWidth justify="space-between" h="auto" py={4} rightSection={<ChevronsUpDown size={14} aria-hidden />}>
          <span style={{ textAlign: 'left', lineHeight: 1.4, whiteSpace: 'normal' }}>
            {data.user.name || data.user.email}
            <span className="small sub" style={{ display: 'block', fontWeight: 400 }}>
              {data.workspace?.name}
            </span>
          </span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to={routes.me} leftSection={<UserRound size={14} aria-hidden />}>
          {t('nav.me')}
        </Menu.Item>
        {others.length > 0 && <Menu.Label>{t('nav.workspaces')}</Menu.Label>}
        {others.map((w) => (
          <Menu.Item key={w.id} onClick={() => enter.mutate(w.id)}>
            {w.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={14} aria-hidden />} onClick={() => leave.mutate()}>
          {t('nav.sign_out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

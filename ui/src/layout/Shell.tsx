import { ActionIcon, Drawer } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Menu as MenuIcon } from 'lucide-react'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Outlet } from 'react-router'
import { useSession } from '../api/session'
import { OfWorkspace } from '../i18n/ties'
import { Loading } from '../parts/Page'
import { routes } from '../routes'
import { Account } from './Account'
import { Brand } from './Brand'
import { LanguageSwitch } from './LanguageSwitch'
import { Nav } from './Nav'
import { SetupHint } from '../screens/setup/SetupHint'
import { OfflineBanner } from './OfflineBanner'

function Side({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation()
  const { data } = useSession()
  return (
    <>
      <Link to={routes.dashboard} className="brand" onClick={onGo}>
        <Brand />
      </Link>
      <Nav onGo={onGo} />
      <div className="foot">
        {data?.demo && <span className="tag">{t('nav.demo')}</span>}
        <LanguageSwitch />
        <Account />
      </div>
    </>
  )
}

export function Shell() {
  const { t } = useTranslation()
  const [open, menu] = useDisclosure(false)
  return (
    <OfWorkspace>
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <div className="shell">
        <aside className="side" aria-label={t('nav.side')}>
          <Side />
        </aside>
        <div className="topbar" role="region" aria-label={t('nav.bar')}>
          <ActionIcon variant="default" size={36} aria-label={t('nav.menu')} aria-expanded={open} onClick={menu.open}>
            <MenuIcon size={18} aria-hidden />
          </ActionIcon>
          <Link to={routes.dashboard} className="brand">
            <Brand />
          </Link>
        </div>
        <Drawer opened={open} onClose={menu.close} size={248} padding={0} title={t('nav.menu')} closeButtonProps={{ 'aria-label': t('common.close') }} styles={{ header: { padding: '8px 12px' } }}>
          <Side onGo={menu.close} />
        </Drawer>
        <main id="main" className="main" tabIndex={-1} style={{ outline: 'none' }}>
          <OfflineBanner />
          <SetupHint />
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </OfWorkspace>
  )
}

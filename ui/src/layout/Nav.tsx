import { ArrowLeftRight, BookOpenCheck, BookUser, CalendarClock, ChartNoAxesColumn, Database, Inbox, LayoutDashboard, ListChecks, Plug, ScrollText, Server, Settings, Users, type LucideIcon } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { NavLink } from 'react-router'
import { useMay, type Right } from '../api/session'
import { routes } from '../routes'
import { Waiting } from './Waiting'

interface Entry {
  to: string
  key: 'dashboard' | 'inbox' | 'partners' | 'runs' | 'reconciliations' | 'setup' | 'connections' | 'masters' | 'schedules' | 'syncs' | 'users' | 'audit' | 'system' | 'workspace'
  icon: LucideIcon
  right?: Right
}

const GROUPS: { key: 'daily' | 'settings' | 'admin'; entries: Entry[] }[] = [
  {
    key: 'daily',
    entries: [
      { to: routes.dashboard, key: 'dashboard', icon: LayoutDashboard },
      { to: routes.inbox, key: 'inbox', icon: Inbox },
      { to: routes.partners, key: 'partners', icon: BookUser },
      { to: routes.runs, key: 'runs', icon: ChartNoAxesColumn },
      { to: routes.reconciliations, key: 'reconciliations', icon: BookOpenCheck },
    ],
  },
  {
    key: 'settings',
    entries: [
      { to: routes.setup, key: 'setup', icon: ListChecks },
      { to: routes.connections, key: 'connections', icon: Plug },
      { to: routes.masters, key: 'masters', icon: Database },
      { to: routes.schedules, key: 'schedules', icon: CalendarClock },
      { to: routes.syncs, key: 'syncs', icon: ArrowLeftRight },
    ],
  },
  {
    key: 'admin',
    entries: [
      { to: routes.users, key: 'users', icon: Users, right: 'administer' },
      { to: routes.audit, key: 'audit', icon: ScrollText, right: 'administer' },
      { to: routes.system, key: 'system', icon: Server },
      { to: routes.workspace, key: 'workspace', icon: Settings, right: 'administer' },
    ],
  },
]

export function Nav({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation()
  const may = useMay()
  return (
    <nav className="nav" aria-label={t('nav.label')}>
      {GROUPS.map((group) => (
        <div key={group.key}>
          <h2>{t(`nav.${group.key}`)}</h2>
          <ul>
            {group.entries
              .filter((e) => !e.right || may(e.right))
              .map(({ to, key, icon: Icon }) => (
                <li key={to}>
                  <NavLink to={to} end={to === '/'} onClick={onGo}>
                    <Icon size={16} aria-hidden />
                    {t(`nav.${key}`)}
                    {key === 'inbox' && <Waiting />}
                  </NavLink>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

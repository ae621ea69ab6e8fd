import { createBrowserRouter, type RouteObject } from 'react-router'
import { Gate } from './layout/Gate'
import { Broken } from './screens/start/Broken'
import NotFound from './screens/start/NotFound'

type Screen = { default: React.ComponentType }
const screen = (path: string, load: () => Promise<Screen>): RouteObject => ({
  path,
  lazy: async () => ({ Component: (await load()).default }),
})

export const router = createBrowserRouter([
  {
    path: '/',
    Component: Gate,
    errorElement: <Broken />,
    HydrateFallback: () => null,
    children: [
      { index: true, lazy: async () => ({ Component: (await import('./screens/dashboard/Dashboard')).default }) },
      screen('setup', () => import('./screens/setup/Setup')),
      screen('setup/pair', () => import('./screens/setup/PairWizard')),
      screen('presets', () => import('./screens/setup/Presets')),
      screen('connections', () => import('./screens/connections/Connections')),
      screen('connections/new', () => import('./screens/connections/NewConnection')),
      screen('connections/:id', () => import('./screens/connections/Connection')),
      screen('masters', () => import('./screens/masters/Masters')),
      screen('schedules', () => import('./screens/schedules/Schedules')),
      screen('schedules/:kind', () => import('./screens/schedules/Schedule')),
      screen('syncs', () => import('./screens/mapping/Syncs')),
      screen('syncs/:id', () => import('./screens/mapping/Mapping')),
      screen('runs', () => import('./screens/runs/Runs')),
      screen('runs/:id', () => import('./screens/runs/Run')),
      screen('inbox', () => import('./screens/inbox/Inbox')),
      screen('reconciliations', () => import('./screens/reconcile/Reconciliations')),
      screen('reconciliations/:id', () => import('./screens/reconcile/Reconciliation')),
      screen('partners', () => import('./screens/partners/Partners')),
      screen('users', () => import('./screens/admin/Users')),
      screen('audit', () => import('./screens/admin/Audit')),
      screen('system', () => import('./screens/admin/System')),
      screen('workspace', () => import('./screens/admin/Workspace')),
      screen('me', () => import('./screens/admin/Me')),
      { path: '*', Component: NotFound },
    ],
  },
])

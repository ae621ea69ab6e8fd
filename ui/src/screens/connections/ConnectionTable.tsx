import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ConnectionCard } from '../../client/types.gen'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'

/** The connections in short, for the dashboard and the health page. */
export function ConnectionTable({ connections }: { connections: ConnectionCard[] }) {
  const { t } = useTranslation()
  if (!connections.length) {
    return (
      <p className="sub">
        {t('connections.empty')} <Link to={routes.setup}>{t('nav.setup')}</Link>
      </p>
    )
  }
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
      {connections.map((c) => (
        <li key={c.id} className="row" style={{ justifyContent: 'space-between', padding: '4px 0' }}>
          <span>
            <Link to={routes.connection(c.id)}>{c.name}</Link> <span className="sub small">{c.account}</span>
          </span>
          <span>
            {c.problem && <span className="small">{c.problem.title} </span>}
            <StatusChip of="connection" state={c.state} />
          </span>
        </li>
      ))}
    </ul>
  )
}

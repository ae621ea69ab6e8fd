import { Link } from 'react-router'
import { useTranslation } from 'react-i18next'
import type { SyncDetail } from '../../client/types.gen'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'

/** As whom this sync reads and writes. */
export function RunAsLine({ sync }: { sync: SyncDetail }) {
  const { t } = useTranslation()
  const bad = sync.run_as.state !== 'ok'
  return (
    <div className={`note ${bad ? 'attention' : 'info'}`}>
      <div className="row">
        <span>
          {t('schedules.run_as')}: <strong style={{ display: 'inline' }}>{sync.run_as.user ?? '–'}</strong>
        </span>
        <StatusChip of="person" state={sync.run_as.state} />
        <span className="sub small">{t('mapping.run_as_help')}</span>
        {bad && <Link to={routes.connection(sync.right.connection)}>{t('connections.authorise')}</Link>}
        <Link to="?tab=settings">{t('common.change')}</Link>
      </div>
    </div>
  )
}

import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Page } from '../../parts/Page'
import { routes } from '../../routes'

export default function NotFound() {
  const { t } = useTranslation()
  return (
    <Page title={t('not_found.title')}>
      <div className="panel empty">
        <p>{t('not_found.text')}</p>
        <Link to={routes.dashboard}>{t('nav.dashboard')}</Link>
      </div>
    </Page>
  )
}

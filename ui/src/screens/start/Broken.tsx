import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useRouteError } from 'react-router'

/** A fault of the screens themselves, or a new version whose parts this tab does not have. */
export function Broken() {
  const { t } = useTranslation()
  const error = useRouteError()
  return (
    <main className="gate">
      <div className="panel">
        <h1 style={{ fontSize: 20 }}>{t('broken.title')}</h1>
        <p>{t('broken.text')}</p>
        <p className="mono sub">{error instanceof Error ? error.message : String(error)}</p>
        <Button onClick={() => window.location.reload()}>{t('broken.reload')}</Button>
      </div>
    </main>
  )
}

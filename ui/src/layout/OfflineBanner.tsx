import { useNetwork } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'

export function OfflineBanner() {
  const { t } = useTranslation()
  const { online } = useNetwork()
  if (online) return null
  return (
    <div className="note attention" role="status" style={{ marginBottom: 12 }}>
      {t('fault.offline')}
    </div>
  )
}

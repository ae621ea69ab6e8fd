import { useTranslation } from 'react-i18next'
import { useSession } from '../api/session'
import { word } from '../i18n'

/** In a demo: the page of a service's imitation, to see what it holds; records of freee and kintone can be changed there. */
export function SandboxLink({ service }: { service: string }) {
  const { t } = useTranslation()
  const { data: session } = useSession()
  const address = (session?.demo?.sandbox as Record<string, string> | undefined)?.[service]
  if (!address) return null
  return (
    <a href={address} target="_blank" rel="noreferrer">
      {t('setup.sandbox', { name: word(t, 'service', service) })}
    </a>
  )
}

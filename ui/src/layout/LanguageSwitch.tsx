import { SegmentedControl } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ask } from '../api/http'
import { useSession } from '../api/session'
import { patchMe } from '../client/sdk.gen'
import { language, setLanguage, type Language } from '../i18n'

export function LanguageSwitch() {
  const { t } = useTranslation()
  const { data } = useSession()
  const queries = useQueryClient()
  const change = (to: string) => {
    setLanguage(to as Language)
    const kept = data?.signed_in ? ask(patchMe({ body: { language: to } })) : Promise.resolve(undefined)
    // Texts of the API come in the reader's language: everything is read again.
    void kept.catch(() => undefined).then(() => queries.invalidateQueries())
  }
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('nav.language')}
      value={language()}
      onChange={change}
      data={[
        { value: 'ja', label: '日本語' },
        { value: 'en', label: 'English' },
      ]}
    />
  )
}

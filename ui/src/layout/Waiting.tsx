import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ask } from '../api/http'
import { countInbox } from '../client/sdk.gen'
import { count } from '../format'

/** How many things wait for a person. */
export function Waiting() {
  const { t } = useTranslation()
  const { data } = useQuery({ queryKey: ['inbox', 'counts'], queryFn: () => ask(countInbox()), refetchInterval: 30_000 })
  if (!data?.total) return null
  return (
    <span className="badge tnum">
      {count(data.total)}
      <span className="sr">{t('inbox.waiting')}</span>
    </span>
  )
}

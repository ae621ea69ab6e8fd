import { useQuery } from '@tanstack/react-query'
import { ShieldCheck } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { verifyAudit } from '../../client/sdk.gen'
import { count, second } from '../../format'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { FailureNote } from '../../parts/ProblemNote'

/** Each entry carries the fingerprint of the one before it: walking the chain shows whether any was changed or taken away. */
export function AuditChain() {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['audit', 'chain'], queryFn: () => ask(verifyAudit()), enabled: false, gcTime: 0 })
  const found = query.data
  return (
    <div className={`note ${found ? (found.intact ? 'ok' : 'bad') : 'info'}`} style={{ marginBottom: 12 }}>
      <div className="row">
        <span role="status" style={{ flex: '1 1 300px' }}>
          {!found && t('audit.chain')}
          {found?.intact && (
            <>
              <strong>{t('audit.intact', { n: count(found.entries) })}</strong>
              {found.head && (
                <span className="small">
                  {t('audit.head')} <span className="mono">{found.head}</span>
                </span>
              )}
            </>
          )}
          {found && !found.intact && (
            <>
              <strong>{t('audit.broken', { n: count(found.broken) })}</strong>
              {word(t, 'audit.broken_why', found.reason ?? '')} {found.at && <span className="tnum">{second(found.at)}</span>}
            </>
          )}
        </span>
        <ActionButton variant="default" busy={query.isFetching} leftSection={<ShieldCheck size={14} aria-hidden />} onClick={() => void query.refetch()}>
          {t('audit.verify')}
        </ActionButton>
      </div>
      {Boolean(query.error) && <FailureNote error={query.error} />}
    </div>
  )
}

import { Button } from '@mantine/core'
import { Download, ShieldCheck } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { verifyStatement } from '../../client/sdk.gen'
import type { ReconciliationDetail } from '../../client/types.gen'
import { second } from '../../format'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { Chip } from '../../parts/StatusChip'
import { ProblemNote } from '../../parts/ProblemNote'
import { Copyable } from '../connections/Copyable'

const text = (v: unknown): string => (typeof v === 'string' ? v : '')

/** Saves the signed statement as a file: the exact JSON that was signed. */
function save(id: number, statement: unknown): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(statement, null, 1)], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `reconciliation-${id}.json`
  link.click()
  URL.revokeObjectURL(url)
}

/** The signature line: when, by whom, over which content; to keep, and to verify. */
export function StatementPanel({ of: r }: { of: ReconciliationDetail }) {
  const { t } = useTranslation()
  const verify = useAct(() => ask(verifyStatement({ body: r.statement! })))
  if (!r.statement) return null
  const prints = (r.statement.fingerprints ?? {}) as Record<string, unknown>
  return (
    <section className="panel pad" aria-labelledby="statement">
      <h2 id="statement" style={{ fontSize: 15, marginBottom: 8 }}>
        {t('reconcile.statement')}
      </h2>
      <p className="sub" style={{ margin: '0 0 8px' }}>
        {t('reconcile.statement_about')}
      </p>
      <dl className="facts">
        <dt>{t('reconcile.signed_at')}</dt>
        <dd className="tnum">{second(r.ended_at)}</dd>
        <dt>{t('reconcile.by_whom')}</dt>
        <dd>{text(r.statement.by) || '–'}</dd>
        <dt>{t('reconcile.print_of', { side: t('side.left') })}</dt>
        <dd className="mono">{text(prints.left)}</dd>
        <dt>{t('reconcile.print_of', { side: t('side.right') })}</dt>
        <dd className="mono">{text(prints.right)}</dd>
        <dt>{t('reconcile.signature')}</dt>
        <dd>
          <Copyable text={text(r.statement.signature)} />
        </dd>
      </dl>
      <div className="row" style={{ marginTop: 12 }}>
        <Button variant="default" leftSection={<Download size={14} aria-hidden />} onClick={() => save(r.id, r.statement)}>
          {t('reconcile.save_statement')}
        </Button>
        <ActionButton variant="default" busy={verify.isPending} leftSection={<ShieldCheck size={14} aria-hidden />} onClick={() => verify.mutate()}>
          {t('reconcile.verify_now')}
        </ActionButton>
        <span role="status">{verify.data?.valid && <Chip tone="ok">{t('reconcile.valid')}</Chip>}</span>
      </div>
      {verify.data?.problem && <ProblemNote problem={verify.data.problem} live />}
    </section>
  )
}

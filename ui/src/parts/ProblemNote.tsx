import { Button, CopyButton } from '@mantine/core'
import { RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { refusal } from '../api/http'
import type { Fault, Problem } from '../client/types.gen'
import { word } from '../i18n'

type Shown = Problem & Partial<Pick<Fault, 'id' | 'fields'>>

interface Props {
  problem: Shown
  tone?: 'bad' | 'attention' | 'info'
  onRetry?: () => void
  action?: React.ReactNode
  live?: boolean
}

/** What happened, what was and was not written, what to do next, who can do it; with a copyable code. */
export function ProblemNote({ problem, tone = 'bad', onRetry, action, live }: Props) {
  const { t } = useTranslation()
  const mark = [problem.code, problem.id].filter(Boolean).join(' / ')
  return (
    <div className={`note ${tone}`} role={live ? 'alert' : undefined}>
      <strong>{problem.title}</strong>
      <p>{problem.cause}</p>
      {problem.next && <p>{problem.next}</p>}
      {problem.fields?.map((f) => (
        <p key={f.field} className="small">
          <span className="mono">{f.field}</span>: {f.message}
        </p>
      ))}
      <div className="row small sub" style={{ marginTop: 6 }}>
        {problem.who !== 'nobody' && (
          <span>
            {t('problem.who')}: {word(t, 'who', problem.who)}
          </span>
        )}
        <CopyButton value={mark}>
          {({ copied, copy }) => (
            <Button variant="subtle" size="compact-xs" onClick={copy} title={t('problem.copy', { mark })}>
              <span className="mono">{copied ? t('problem.copied') : mark}</span>
            </Button>
          )}
        </CopyButton>
        {typeof problem.facts?.detail === 'string' && problem.facts.detail && (
          <details>
            <summary>{t('problem.detail')}</summary>
            <span className="mono">{problem.facts.detail}</span>
          </details>
        )}
        {onRetry && (
          <Button variant="default" leftSection={<RotateCw size={14} aria-hidden />} onClick={onRetry}>
            {t('common.retry')}
          </Button>
        )}
        {action}
      </div>
    </div>
  )
}

/** The same for something thrown by a call. */
export function FailureNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return error ? <ProblemNote problem={refusal(error).problem} onRetry={onRetry} live /> : null
}

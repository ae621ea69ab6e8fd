import { Button, Menu } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { FileText, RotateCw, X } from 'lucide-react'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { cancelReconciliation, getReconciliation, startReconciliation } from '../../client/sdk.gen'
import type { ReconciliationDetail } from '../../client/types.gen'
import { count, second } from '../../format'
import { word } from '../../i18n'
import { OfSync } from '../../i18n/ties'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { Answered, Page } from '../../parts/Page'
import { ProblemNote } from '../../parts/ProblemNote'
import { Chip, StatusChip } from '../../parts/StatusChip'
import { ACTIVE } from '../../parts/status'
import { routes } from '../../routes'
import { useRun } from '../runs/useRun'
import { Differences } from './Differences'
import { Ledger } from './Ledger'
import { StatementPanel } from './StatementPanel'
import { Sums } from './Sums'
import './ledger.css'

export function useStart() {
  const go = useNavigate()
  return useAct((sync: number) => ask(startReconciliation({ path: { sync_id: sync } })), {
    stale: [['reconciliations'], ['runs']],
    done: ({ id }) => void go(routes.reconciliation(id)),
  })
}

export default function Reconciliation() {
  const { t } = useTranslation()
  const id = Number(useParams().id)
  const query = useQuery({
    queryKey: ['reconciliations', id],
    queryFn: () => ask(getReconciliation({ path: { reconciliation_id: id } })),
    refetchInterval: (q) => (ACTIVE.has(q.state.data?.state ?? '') ? 3_000 : false),
  })
  const r = query.data
  return (
    <OfSync id={r?.sync.id}>
      <Page
        title={r ? t('reconcile.of', { name: r.sync.name }) : t('reconcile.title')}
        about={
          r && (
            <>
              {r.verdict ? <VerdictChip verdict={r.verdict} /> : <StatusChip of="run" state={r.state} />} <span className="tnum">{second(r.ended_at ?? r.started_at ?? r.created_at)}</span>
              {r.started_by && ` ・ ${r.started_by}`}
            </>
          )
        }
        crumb={<Link to={routes.reconciliations}>{t('reconcile.title')}</Link>}
        actions={r && <Actions of={r} />}
      >
        <Answered query={query} lines={10}>
          {(found) => <Body of={found} />}
        </Answered>
      </Page>
    </OfSync>
  )
}

export function VerdictChip({ verdict }: { verdict: string }) {
  const { t } = useTranslation()
  return <Chip tone={verdict === 'agree' ? 'ok' : 'attention'}>{word(t, 'state.verdict', verdict)}</Chip>
}

function Actions({ of: r }: { of: ReconciliationDetail }) {
  const { t } = useTranslation()
  const may = useMay()
  const again = useStart()
  const cancel = useAct(() => ask(cancelReconciliation({ path: { reconciliation_id: r.id } })), { stale: [['reconciliations'], ['runs']] })
  const paper = (lang: string) => `/api/reconciliations/${r.id}.pdf?lang=${lang}`
  return (
    <>
      {r.actions.includes('cancel') && may('run') && (
        <ActionButton variant="default" busy={cancel.isPending} leftSection={<X size={14} aria-hidden />} onClick={() => cancel.mutate()}>
          {t('reconcile.cancel')}
        </ActionButton>
      )}
      {r.statement && (
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <Button variant="default" leftSection={<FileText size={14} aria-hidden />}>
              PDF
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component="a" href={paper('ja')} download>
              {t('reconcile.pdf_ja')}
            </Menu.Item>
            <Menu.Item component="a" href={paper('en')} download>
              {t('reconcile.pdf_en')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {!ACTIVE.has(r.state) && may('run') && (
        <ActionButton busy={again.isPending} leftSection={<RotateCw size={14} aria-hidden />} onClick={() => again.mutate(r.sync.id)}>
          {t('reconcile.again')}
        </ActionButton>
      )}
    </>
  )
}

function Body({ of: r }: { of: ReconciliationDetail }) {
  const { t } = useTranslation()
  return (
    <div className="stack">
      {r.problem && <ProblemNote problem={r.problem} tone={r.state === 'error' ? 'bad' : 'attention'} />}
      {r.notes.map((note, i) => (
        <ProblemNote key={i} problem={note} tone="info" />
      ))}
      {ACTIVE.has(r.state) && <Reading id={r.id} />}
      {r.verdict && (
        <>
          <Ledger of={r} />
          <p style={{ margin: '12px 0' }}>{t(r.verdict === 'agree' ? 'reconcile.agree_means' : 'reconcile.differ_means')}</p>
          <Sums of={r} />
          <Differences of={r} />
          <StatementPanel of={r} />
        </>
      )}
      {!r.verdict && !ACTIVE.has(r.state) && !r.problem && <div className="note attention">{t('reconcile.unfinished')}</div>}
    </div>
  )
}

/** While both sides are read: which of the two, and how far. */
function Reading({ id }: { id: number }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { query } = useRun(id)
  const run = query.data
  const ended = run && !ACTIVE.has(run.state)
  useEffect(() => {
    if (ended) void queries.invalidateQueries({ queryKey: ['reconciliations'] })
  }, [ended, queries])
  const steps = ['open', 'read_left', 'read_right', 'again_left', 'again_right', 'compare', 'only_left', 'only_right', 'sign']
  const at = Math.max(0, steps.indexOf(run?.phase ?? 'open'))
  const percent = Math.round((at / steps.length) * 100)
  return (
    <section className="panel pad" aria-labelledby="reading">
      <div className="panel-head">
        <h2 id="reading" style={{ fontSize: 15 }}>
          {t('reconcile.reading')}
        </h2>
        <span className="sub" role="status">
          {word(t, 'phase', run ? (run.state === 'queued' ? 'queued' : run.phase) : 'queued')}
        </span>
      </div>
      <div className="bar" role="progressbar" aria-label={t('run.progress')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}>
        <i style={{ width: `${percent}%` }} />
      </div>
      <p className="sub tnum" style={{ margin: '8px 0 0' }}>
        {t('run.read')}: {t('run.records', { n: count(run?.progress.read ?? 0) })} ・ {t('reconcile.nothing_written')}
      </p>
    </section>
  )
}

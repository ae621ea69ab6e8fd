import { Check, Pause, Play, RotateCcw, Trash2, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { ask } from '../../api/http'
import { applyRun, cancelRun, discardRun, pauseRun, resumeRun, retryRun } from '../../client/sdk.gen'
import type { RunRow } from '../../client/types.gen'
import { count } from '../../format'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { useConfirm } from '../../parts/Confirm'
import { routes } from '../../routes'
import { UndoRun } from './UndoRun'

const CALLS = { apply: applyRun, discard: discardRun, cancel: cancelRun, pause: pauseRun, resume: resumeRun }
type Decision = keyof typeof CALLS

/** Retries some or all of the records that did not succeed, as a run of its own. */
export function useRetry(run: RunRow) {
  const go = useNavigate()
  return useAct((items: number[] | null) => ask(retryRun({ path: { run_id: run.id }, body: { items } })), {
    stale: [['runs']],
    done: ({ run_id }) => void go(routes.run(run_id)),
  })
}

export function useDecide(run: RunRow) {
  return useAct((decision: Decision) => ask(CALLS[decision]({ path: { run_id: run.id } })), {
    stale: [['runs'], ['items'], ['setup']],
  })
}

/** What may be done with the run now; the API says which. */
export function RunActions({ run }: { run: RunRow }) {
  const { t } = useTranslation()
  const confirm = useConfirm()
  const decide = useDecide(run)
  const retry = useRetry(run)
  const may = (action: string) => (run.actions ?? []).includes(action)
  const busy = (d: Decision) => decide.isPending && decide.variables === d
  const button = (d: Decision, icon: React.ReactNode, filled = false) =>
    may(d) && (
      <ActionButton variant={filled ? 'filled' : 'default'} busy={busy(d)} leftSection={icon} onClick={() => decide.mutate(d)}>
        {t(`run.${d}`)}
      </ActionButton>
    )
  const cancel = async () => {
    if (await confirm({ title: t('run.cancel_title'), text: t('run.cancel_text', { n: count(run.progress.done) }), yes: t('run.cancel_yes'), no: t('run.go_on'), danger: true })) decide.mutate('cancel')
  }
  return (
    <>
      {may('cancel') && (
        <ActionButton variant="default" busy={busy('cancel')} leftSection={<X size={14} aria-hidden />} onClick={() => void cancel()}>
          {t('run.cancel')}
        </ActionButton>
      )}
      {button('pause', <Pause size={14} aria-hidden />)}
      {button('discard', <Trash2 size={14} aria-hidden />)}
      {button('resume', <Play size={14} aria-hidden />, true)}
      {button('apply', <Check size={14} aria-hidden />, true)}
      <UndoRun key={run.id} run={run} />
      {may('retry') && (
        <ActionButton busy={retry.isPending} leftSection={<RotateCcw size={14} aria-hidden />} onClick={() => retry.mutate(null)}>
          {t('run.retry_all')}
        </ActionButton>
      )}
    </>
  )
}

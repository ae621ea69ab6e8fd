import { useQuery } from '@tanstack/react-query'
import { BellOff, BellRing, RotateCcw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { getHook, renewHook, subscribeHook } from '../../client/sdk.gen'
import type { HookOut } from '../../client/types.gen'
import { count, minute } from '../../format'
import { language } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { useConfirm } from '../../parts/Confirm'
import { FailureNote, ProblemNote } from '../../parts/ProblemNote'
import { Copyable } from './Copyable'

/** Where the service may tell of changes. Only for those who may see the secrets of a connection: the address is one. */
export function HookPanel({ id }: { id: number }) {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['connections', id, 'hook'], queryFn: () => ask(getHook({ path: { connection_id: id } })), refetchInterval: 30_000 })
  if (query.error && !query.data) return <FailureNote error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data?.offered) return null
  return (
    <section className="panel pad" aria-labelledby="hook">
      <h2 id="hook" style={{ fontSize: 15 }}>
        {t('hook.title')}
      </h2>
      <p className="sub" style={{ margin: '2px 0 8px' }}>
        {t(query.data.subscribes ? 'hook.about_subscribes' : 'hook.about')}
      </p>
      <Facts id={id} hook={query.data} />
    </section>
  )
}

function Facts({ id, hook }: { id: number; hook: HookOut }) {
  const { t } = useTranslation()
  const confirm = useConfirm()
  const ja = language() === 'ja'
  const renew = useAct(() => ask(renewHook({ path: { connection_id: id } })), { stale: [['connections', id, 'hook']], said: t('hook.renewed') })
  const again = async () => {
    if (await confirm({ title: t('hook.renew_title'), text: t(hook.subscribes ? 'hook.renew_text_subscribes' : 'hook.renew_text'), yes: t('hook.renew') })) renew.mutate()
  }
  return (
    <div className="stack">
      {hook.subscribes && <Subscription id={id} hook={hook} />}
      {!hook.secret_set && <div className="note attention">{t('hook.secret_missing', { name: ja ? hook.secret_ja : hook.secret_en })}</div>}
      {!hook.reachable && <div className="note info">{t('hook.local')}</div>}
      <dl className="facts" style={{ marginTop: 8 }}>
        <dt>{t('hook.address')}</dt>
        <dd>
          <Copyable text={hook.address ?? ''} />
        </dd>
        <dt>{t('hook.todo')}</dt>
        <dd>
          {ja ? hook.help_ja : hook.help_en}
          {hook.proof === 'address' && <div className="sub small">{t('hook.address_proof')}</div>}
        </dd>
        <dt>{t('hook.heard')}</dt>
        <dd className="tnum">{hook.heard_at ? minute(hook.heard_at) : t('hook.never')}</dd>
        {Boolean(hook.refused) && hook.refused_at && (
          <>
            <dt>{t('hook.refused')}</dt>
            <dd className="tnum">{t('hook.refused_n', { n: count(hook.refused ?? 0), at: minute(hook.refused_at) })}</dd>
          </>
        )}
      </dl>
      <div style={{ marginTop: 8 }}>
        <ActionButton variant="default" busy={renew.isPending} leftSection={<RotateCcw size={14} aria-hidden />} onClick={() => void again()}>
          {t('hook.renew')}
        </ActionButton>
      </div>
    </div>
  )
}

/** Services that Choai asks by their API: whether it does, until when they tell, and what went wrong. */
function Subscription({ id, hook }: { id: number; hook: HookOut }) {
  const { t } = useTranslation()
  const turn = useAct((on: boolean) => ask(subscribeHook({ path: { connection_id: id }, body: { on } })), { stale: [['connections', id, 'hook']] })
  const state = !hook.wanted ? 'off' : hook.subscribed ? 'on' : hook.waiting ? 'waiting' : 'pending'
  return (
    <>
      {hook.problem && <ProblemNote problem={hook.problem} />}
      <dl className="facts" style={{ marginTop: 8 }}>
        <dt>{t('hook.state')}</dt>
        <dd>
          {t(`hook.state_${state}`)}
          {hook.expires_at && hook.wanted && <div className="sub small tnum">{t('hook.until', { at: minute(hook.expires_at) })}</div>}
        </dd>
      </dl>
      <div style={{ margin: '8px 0' }}>
        <ActionButton variant={hook.wanted ? 'default' : 'filled'} busy={turn.isPending} leftSection={hook.wanted ? <BellOff size={14} aria-hidden /> : <BellRing size={14} aria-hidden />} onClick={() => turn.mutate(!hook.wanted)}>
          {t(hook.wanted ? 'hook.turn_off' : 'hook.turn_on')}
        </ActionButton>
      </div>
    </>
  )
}

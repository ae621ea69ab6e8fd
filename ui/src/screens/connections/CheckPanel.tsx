import { SearchCheck } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { checkConnection } from '../../client/sdk.gen'
import type { CheckOut } from '../../client/types.gen'
import { count } from '../../format'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { Chip } from '../../parts/StatusChip'

const TONE = { settled: 'ok', untold: 'mute', failed: 'attention', open: 'mute' } as const

/** A look at the account that only reads: what can be read, limits, and what the vendor's documents leave open. */
export function CheckPanel({ id }: { id: number }) {
  const { t } = useTranslation()
  const look = useAct((everything: boolean) => ask(checkConnection({ path: { connection_id: id }, query: { everything } })), {
    stale: [['connections']],
  })
  return (
    <section className="panel pad" aria-labelledby="look">
      <h2 id="look" style={{ fontSize: 15 }}>
        {t('connections.look.title')}
      </h2>
      <p className="sub" style={{ margin: '2px 0 8px' }}>
        {t('connections.look.about')}
      </p>
      <div className="row">
        <ActionButton variant="default" busy={look.isPending} leftSection={<SearchCheck size={14} aria-hidden />} onClick={() => look.mutate(false)}>
          {t('connections.look.used')}
        </ActionButton>
        <ActionButton variant="default" disabled={look.isPending} onClick={() => look.mutate(true)}>
          {t('connections.look.all')}
        </ActionButton>
      </div>
      <div aria-live="polite">{look.data && <Found found={look.data} />}</div>
    </section>
  )
}

function Found({ found }: { found: CheckOut }) {
  const { t } = useTranslation()
  const wanted = found.facts.flatMap((f) => f.wanted)
  return (
    <div className="stack" style={{ marginTop: 12 }}>
      <p className={`note ${found.sound ? 'info' : 'bad'}`}>{t(found.sound ? 'connections.look.sound' : 'connections.look.unsound', { n: found.calls })}</p>
      {wanted.map((w) => (
        <p key={w.name} className="note attention">
          {t('connections.look.wanted', { label: w.label, now: w.now || '–', value: w.value })}
        </p>
      ))}
      <Objects found={found} />
      {found.facts.length > 0 && <Facts found={found} />}
      <p className="sub small">
        {t('connections.look.limits')}: {found.limits.map((l) => `${word(t, 'limit', l.name)} ${count(l.count)}`).join('、') || '–'}
        {found.headers.map((h) => (
          <span key={h.name} className="tnum">
            {' '}
            ・ {h.name}: {h.value}
          </span>
        ))}
      </p>
    </div>
  )
}

function Objects({ found }: { found: CheckOut }) {
  const { t } = useTranslation()
  return (
    <div style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={t('list.table', { label: t('connections.look.objects') })}>
      <table className="dt">
        <thead>
          <tr>
            <th scope="col">{t('connections.look.objects')}</th>
            <th scope="col" className="num">
              {t('connections.look.fields')}
            </th>
            <th scope="col" className="num">
              {t('connections.look.rows')}
            </th>
            <th scope="col">{t('common.state')}</th>
          </tr>
        </thead>
        <tbody>
          {found.objects.map((o) => (
            <tr key={o.name}>
              <td>
                {o.label} {o.used && <span className="tag">{t('connections.look.in_use')}</span>}
              </td>
              <td className="num tnum">{o.problem ? '' : count(o.fields)}</td>
              <td className="num tnum">{o.problem ? '' : o.total === null ? `${count(o.rows)}${o.more ? ' +' : ''}` : count(o.total)}</td>
              <td>{o.problem ? o.problem.title : t(o.writes ? 'connections.look.reads_writes' : 'connections.look.reads')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Facts({ found }: { found: CheckOut }) {
  const { t } = useTranslation()
  return (
    <div>
      <h3 style={{ fontSize: 14 }}>{t('connections.look.facts')}</h3>
      <dl className="facts">
        {found.facts.map((f) => (
          <div key={f.fact} style={{ display: 'contents' }}>
            <dt>{f.question}</dt>
            <dd>
              <Chip tone={TONE[f.state as keyof typeof TONE] ?? 'mute'}>{word(t, 'connections.look.state', f.state)}</Chip> {f.answer || f.problem?.title || f.how}
              {f.state !== 'settled' && <span className="sub small"> {t('connections.look.assumed', { text: f.assumed })}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

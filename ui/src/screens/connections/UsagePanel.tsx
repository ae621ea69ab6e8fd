import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { UsageRow } from '../../client/types.gen'
import { count, minute, share } from '../../format'
import { word } from '../../i18n'

/** "day", or "day app:12" for a limit that counts per app. */
export function limitName(t: TFunction, name: string): string {
  const [limit = '', scope] = name.split(' ')
  const text = word(t, 'limit', limit)
  return scope ? t('limit.of_app', { name: text, app: scope.replace(/^app:/, '') }) : text
}

/** How much of each limit of the service is spent, and when it starts anew. */
export function UsagePanel({ usage }: { usage: UsageRow[] }) {
  const { t } = useTranslation()
  return (
    <section className="panel pad" aria-labelledby="usage">
      <h2 id="usage" style={{ fontSize: 15, marginBottom: 8 }}>
        {t('connections.usage')}
      </h2>
      <UsageBars bars={usage.map((usage) => ({ usage, name: limitName(t, usage.name) }))} />
    </section>
  )
}

const SHOWN = 4

/** The fullest first; what is beyond the first few is folded away. */
export function UsageBars({ bars }: { bars: { usage: UsageRow; name: string }[] }) {
  const { t } = useTranslation()
  const sorted = [...bars].sort((a, b) => Number(b.usage.share) - Number(a.usage.share))
  const list = (part: typeof bars) => part.map((b) => <UsageBar key={b.name} usage={b.usage} name={b.name} />)
  return (
    <>
      {list(sorted.slice(0, SHOWN))}
      {sorted.length > SHOWN && (
        <details>
          <summary>{t('system.more_quotas', { n: sorted.length - SHOWN })}</summary>
          {list(sorted.slice(SHOWN))}
        </details>
      )}
    </>
  )
}

function UsageBar({ usage: u, name }: { usage: UsageRow; name: string }) {
  const { t } = useTranslation()
  const part = Number(u.share)
  const tone = part >= 0.9 ? 'bad' : part >= 0.8 ? 'attention' : ''
  return (
    <div style={{ marginBottom: 10 }}>
      <div className="row" style={{ justifyContent: 'space-between' }}>
        <span>{name}</span>
        <span className="tnum sub">
          {count(u.used)} / {count(u.limit)} ({share(part)})
          {u.resets_at && <> ・ {t('connections.resets', { at: minute(u.resets_at) })}</>}
        </span>
      </div>
      <div className={`bar ${tone}`} role="meter" aria-label={name} aria-valuemin={0} aria-valuemax={u.limit} aria-valuenow={u.used}>
        <i style={{ width: `${Math.min(100, part * 100)}%` }} />
      </div>
    </div>
  )
}

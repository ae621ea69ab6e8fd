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
      {usage.map((u) => (
        <UsageBar key={u.name} usage={u} name={limitName(t, u.name)} />
      ))}
    </section>
  )
}

export function UsageBar({ usage: u, name }: { usage: UsageRow; name: string }) {
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

import { useTranslation } from 'react-i18next'
import { Copyable } from './Copyable'
import { useOutbound } from './queries'

/** The addresses an IP restriction of the service must let in (FK-09). */
export function OutboundPanel() {
  const { t } = useTranslation()
  const { data } = useOutbound()
  if (!data) return null
  return (
    <section className="panel pad" aria-labelledby="outbound">
      <h2 id="outbound" style={{ fontSize: 15 }}>
        {t('connections.outbound')}
      </h2>
      <p className="sub" style={{ margin: '2px 0 8px' }}>
        {t('connections.outbound_about')}
      </p>
      {data.addresses.length ? data.addresses.map((a) => <Copyable key={a} text={a} />) : <p className="sub">{t('connections.outbound_unknown')}</p>}
      <ul className="sub small" style={{ margin: '8px 0 0', paddingLeft: 18 }}>
        <li>{t('connections.ip_all')}</li>
        <li>{t('connections.ip_none')}</li>
        <li>{t('connections.ip_part')}</li>
      </ul>
    </section>
  )
}

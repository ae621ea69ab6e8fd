import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { listPresets } from '../../client/sdk.gen'
import { language, word } from '../../i18n'
import { Answered, Page } from '../../parts/Page'
import { Chip } from '../../parts/StatusChip'
import { routes } from '../../routes'

export default function Presets() {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['presets'], queryFn: () => ask(listPresets()) })
  const ja = language() === 'ja'
  return (
    <Page title={t('presets.title')} about={t('presets.about')}>
      <Answered query={query}>
        {({ rows }) => (
          <div className="grid">
            {rows.map((p) => (
              <section key={p.key} className="panel pad" style={{ margin: 0, display: 'flex', flexDirection: 'column', gap: 8 }}>
                <div className="panel-head" style={{ margin: 0 }}>
                  <h2 style={{ fontSize: 15 }}>{ja ? p.ja : p.en}</h2>
                  {!p.available && <Chip tone="mute">{t('presets.later')}</Chip>}
                </div>
                <div className="sub">
                  {word(t, 'service', p.crm)} ↔ {word(t, 'service', p.accounting)}
                </div>
                <p style={{ margin: 0, flex: 1 }}>{ja ? p.text_ja : p.text_en}</p>
                <div className="row">
                  {p.kinds.map((k) => (
                    <span key={k} className="tag">
                      {word(t, 'kind', k)}
                    </span>
                  ))}
                </div>
                {p.available && (
                  <div>
                    <Button component={Link} to={routes.setup}>
                      {t('presets.use')}
                    </Button>
                  </div>
                )}
              </section>
            ))}
            <section className="panel pad" style={{ margin: 0, display: 'flex', flexDirection: 'column', gap: 8 }}>
              <h2 style={{ fontSize: 15 }}>{t('pair.card')}</h2>
              <div className="sub">{t('pair.card_services')}</div>
              <p style={{ margin: 0, flex: 1 }}>{t('pair.card_text')}</p>
              <div>
                <Button component={Link} to={routes.pair} variant="default">
                  {t('pair.card_use')}
                </Button>
              </div>
            </section>
          </div>
        )}
      </Answered>
    </Page>
  )
}

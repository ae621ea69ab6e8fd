import { Button } from '@mantine/core'
import { ArrowRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { InboxRow } from '../../client/types.gen'
import { language } from '../../i18n'
import { routes } from '../../routes'

/** What no longer fits, with both ends of each row, what stands still meanwhile, and the way to where it is put right. */
export function Broken({ entry }: { entry: InboxRow }) {
  const { t } = useTranslation()
  const breaks = entry.breaks ?? []
  const ja = language() === 'ja'
  const sync = entry.sync?.id
  const first = breaks.find((b) => b.row)?.row
  return (
    <>
      <p>{t(entry.whole ? 'inbox.drift.whole' : 'inbox.drift.creates')}</p>
      {breaks.length > 0 && (
        <div className="panel" style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={t('inbox.drift.broken')}>
          <table className="sides">
            <caption className="sr">{t('inbox.drift.broken')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('inbox.drift.row')}</th>
                <th scope="col">{t('side.left')}</th>
                <th scope="col">{t('side.right')}</th>
                <th scope="col">{t('inbox.drift.what')}</th>
              </tr>
            </thead>
            <tbody>
              {breaks.map((b, i) => (
                <tr key={i}>
                  <td className="tnum nowrap">{b.row && sync ? <Link to={`${routes.sync(sync)}?row=${b.row}`}>{t('inbox.drift.row_n', { n: b.row })}</Link> : '–'}</td>
                  <td>{(ja ? b.left_ja : b.left_en) ?? '–'}</td>
                  <td>{(ja ? b.right_ja : b.right_en) ?? '–'}</td>
                  <td>{b.problem.title}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div>
        <Button component={Link} to={entry.link} rightSection={<ArrowRight size={14} aria-hidden />}>
          {first ? t('inbox.drift.open_row', { n: first }) : t(entry.link.includes('tab=settings') ? 'inbox.drift.open_settings' : 'inbox.drift.open')}
        </Button>
      </div>
    </>
  )
}

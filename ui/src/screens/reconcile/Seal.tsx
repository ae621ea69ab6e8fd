import { useTranslation } from 'react-i18next'
import { day, type Instant } from '../../format'

interface Props {
  verdict: 'agree' | 'differ'
  at: Instant
  size?: number
}

/** The date stamp of a reconciliation, as it is set on paper: verdict, day, name of the house. One that does not agree is
 * drawn broken and in ink, so that the two are told apart without colour. */
export function Seal({ verdict, at, size = 116 }: Props) {
  const { t } = useTranslation()
  const date = day(at)
  const word = t(`reconcile.seal.${verdict}`)
  const fits = word.length > 4 ? 11 : verdict === 'agree' ? 22 : 19
  return (
    <svg className={`seal ${verdict}`} width={size} height={size} viewBox="0 0 120 120" role="img" aria-label={t('reconcile.seal_of', { verdict: word, date })}>
      <g fill="none" stroke="currentColor">
        <circle cx="60" cy="60" r="56" strokeWidth="3.2" strokeDasharray={verdict === 'agree' ? undefined : '26 4'} />
        <circle cx="60" cy="60" r="51" strokeWidth="1" />
        <path d="M10.5 48h99M10.5 73h99" strokeWidth="1.6" />
      </g>
      <g fill="currentColor" textAnchor="middle" fontWeight="700">
        <text x="60" y={fits > 12 ? 37 : 36} fontSize={fits}>
          {word}
        </text>
        <text x="60" y="65.5" fontSize="14.5" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {date.replaceAll('/', '.')}
        </text>
        <text x="60" y="93" fontSize="15">
          {t('reconcile.house')}
        </text>
      </g>
    </svg>
  )
}

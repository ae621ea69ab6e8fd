import { ExternalLink } from 'lucide-react'
import { useTranslation } from 'react-i18next'

interface Row {
  left_id: string
  right_id: string
  left_link?: string | null
  right_link?: string | null
}

/** The two records in their own systems. */
export function RecordLinks({ row }: { row: Row }) {
  const { t } = useTranslation()
  const one = (side: 'left' | 'right', id: string, link: string | null | undefined) => {
    if (!id) return null
    const text = `${t(`side.${side}`)} ${id}`
    return link ? (
      <a className="nowrap" href={link} target="_blank" rel="noreferrer">
        {text} <ExternalLink size={11} aria-label={t('common.opens_new')} />
      </a>
    ) : (
      <span className="nowrap">{text}</span>
    )
  }
  return (
    <span className="small" style={{ display: 'inline-flex', flexWrap: 'wrap', gap: '0 10px' }}>
      {one('left', row.left_id, row.left_link)}
      {one('right', row.right_id, row.right_link)}
      {!row.left_id && !row.right_id && '–'}
    </span>
  )
}

import { useTranslation } from 'react-i18next'

export function Brand() {
  const { t } = useTranslation()
  return (
    <>
      <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="#0b6e8a" />
        <path d="M7 8h7v16H7zM18 8h7v16h-7z" fill="none" stroke="#fff" strokeWidth="2.4" />
        <path d="M10 13h12M10 19h12" stroke="#fff" strokeWidth="2.4" strokeLinecap="round" />
      </svg>
      {t('brand')}
    </>
  )
}

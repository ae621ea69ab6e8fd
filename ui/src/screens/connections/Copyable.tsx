import { Button, CopyButton } from '@mantine/core'
import { Copy } from 'lucide-react'
import { useTranslation } from 'react-i18next'

export function Copyable({ text }: { text: string }) {
  const { t } = useTranslation()
  return (
    <div className="row">
      <code className="mono" style={{ background: 'var(--head)', padding: '2px 6px', borderRadius: 4 }}>
        {text}
      </code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button variant="default" size="compact-xs" leftSection={<Copy size={12} aria-hidden />} onClick={copy}>
            {t(copied ? 'common.copied' : 'common.copy')}
          </Button>
        )}
      </CopyButton>
    </div>
  )
}

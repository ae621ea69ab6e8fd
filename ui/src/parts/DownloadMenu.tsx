import { Button, Menu } from '@mantine/core'
import { Download } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ListParams } from './list'

/** All rows of the filter as CSV, in the two encodings spreadsheets here expect. */
export function DownloadMenu({ path, params }: { path: string; params: ListParams }) {
  const { t } = useTranslation()
  const address = (encoding: string) => {
    const search = new URLSearchParams({ encoding })
    for (const [name, value] of Object.entries(params)) {
      if (!['page', 'page_size'].includes(name) && value !== undefined) search.set(name, String(value))
    }
    return `${path}?${search}`
  }
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button variant="default" leftSection={<Download size={14} aria-hidden />}>
          {t('csv.download')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={address('utf8')} download>
          {t('csv.utf8')}
        </Menu.Item>
        <Menu.Item component="a" href={address('sjis')} download>
          {t('csv.sjis')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

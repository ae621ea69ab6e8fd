import { Button, Group, Modal, Radio, Stack } from '@mantine/core'
import { Unlink } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { deleteBinding } from '../../client/sdk.gen'
import type { BindingDetail } from '../../client/types.gen'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'

/** Unpairs two records, after asking whether they are two for good or are to be matched anew. */
export function UnlinkPair({ pair, onDone }: { pair: BindingDetail; onDone: () => void }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const [apart, setApart] = useState<'apart' | 'again'>('apart')
  const remove = useAct(() => ask(deleteBinding({ path: { binding_id: pair.id }, query: { apart: apart === 'apart' } })), {
    stale: [['bindings'], ['masters'], ['inbox']],
    said: t('partners.unlinked'),
    done: onDone,
  })
  return (
    <>
      <ActionButton variant="default" busy={remove.isPending} leftSection={<Unlink size={14} aria-hidden />} onClick={() => setOpen(true)}>
        {t('partners.unlink')}
      </ActionButton>
      <Modal opened={open} onClose={() => setOpen(false)} title={t('partners.unlink_title', { name: pair.name })} closeButtonProps={{ 'aria-label': t('common.close') }}>
        <p style={{ marginTop: 0 }}>{t('partners.unlink_text')}</p>
        <Radio.Group label={t('partners.unlink_then')} value={apart} onChange={(v) => setApart(v === 'again' ? 'again' : 'apart')}>
          <Stack gap="sm" mt="xs">
            <Radio value="apart" label={t('partners.unlink_apart')} description={t('partners.unlink_apart_help')} data-autofocus />
            <Radio value="again" label={t('partners.unlink_again')} description={t('partners.unlink_again_help')} />
          </Stack>
        </Radio.Group>
        <Group justify="flex-end" mt="lg" gap="sm">
          <Button variant="default" onClick={() => setOpen(false)}>
            {t('common.cancel')}
          </Button>
          <Button
            color="red"
            onClick={() => {
              setOpen(false)
              remove.mutate(undefined)
            }}
          >
            {t('partners.unlink')}
          </Button>
        </Group>
      </Modal>
    </>
  )
}

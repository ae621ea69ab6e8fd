import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { createBinding, listSyncs } from '../../client/sdk.gen'
import type { BindingDetail } from '../../client/types.gen'
import { useNamesOf } from '../../i18n/ties'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { FailureNote } from '../../parts/ProblemNote'

/** Says by hand that a record here and one there are the same. Nothing is written; the next run treats them as one. */
export function AddPair({ onMade }: { onMade: (pair: BindingDetail) => void }) {
  const { t } = useTranslation()
  const may = useMay()
  const [opened, dialog] = useDisclosure(false)
  if (!may('configure')) return null
  return (
    <>
      <Button variant="default" leftSection={<Plus size={14} aria-hidden />} onClick={dialog.open}>
        {t('partners.add')}
      </Button>
      <Modal opened={opened} onClose={dialog.close} title={t('partners.add')} closeButtonProps={{ 'aria-label': t('common.close') }}>
        <Form
          onClose={dialog.close}
          onMade={(pair) => {
            dialog.close()
            onMade(pair)
          }}
        />
      </Modal>
    </>
  )
}

function Form({ onClose, onMade }: { onClose: () => void; onMade: (pair: BindingDetail) => void }) {
  const { t } = useTranslation()
  const syncs = useQuery({ queryKey: ['syncs', 'all'], queryFn: () => ask(listSyncs({ query: { page_size: 200 } })) })
  const [chosen, setSync] = useState<string | null>(null)
  const [left, setLeft] = useState('')
  const [right, setRight] = useState('')
  const rows = (syncs.data?.rows ?? []).filter((s) => s.linked)
  const sync = chosen ?? (rows[0] ? String(rows[0].id) : null)
  const names = useNamesOf()(sync === null ? null : Number(sync))
  const make = useAct(() => ask(createBinding({ path: { sync_id: Number(sync) }, body: { left_id: left.trim(), right_id: right.trim() } })), {
    quiet: true,
    stale: [['bindings'], ['masters']],
    said: t('items.paired'),
    done: onMade,
  })
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault()
        make.mutate()
      }}
    >
      <Stack gap="md">
        {Boolean(make.error) && <FailureNote error={make.error} />}
        <p style={{ margin: 0 }}>{t('partners.add_about', names)}</p>
        <Select label={t('run.sync')} required data={rows.map((s) => ({ value: String(s.id), label: s.name }))} value={sync} onChange={setSync} allowDeselect={false} data-autofocus />
        <TextInput label={t('items.left_id', names)} required value={left} onChange={(e) => setLeft(e.currentTarget.value)} inputMode="numeric" />
        <TextInput label={t('items.right_id', names)} required value={right} onChange={(e) => setRight(e.currentTarget.value)} inputMode="numeric" />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <ActionButton type="submit" busy={make.isPending} disabled={!sync || !left.trim() || !right.trim()}>
            {t('items.pair')}
          </ActionButton>
        </Group>
      </Stack>
    </form>
  )
}

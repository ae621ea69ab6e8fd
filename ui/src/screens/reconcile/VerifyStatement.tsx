import { Button, FileInput, Group, Modal, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { FileCheck, Upload } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { verifyStatement } from '../../client/sdk.gen'
import { second } from '../../format'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { FailureNote, ProblemNote } from '../../parts/ProblemNote'
import { Seal } from './Seal'

type Statement = Record<string, unknown>

async function read(file: File): Promise<Statement> {
  try {
    const found: unknown = JSON.parse(await file.text())
    if (found && typeof found === 'object' && !Array.isArray(found)) return found as Statement
  } catch {
    // The server says what is wrong with a file that is no statement.
  }
  return {}
}

/** Asks whether a statement that was saved as a file was signed here, and is unchanged. */
export function VerifyStatement() {
  const { t } = useTranslation()
  const [opened, dialog] = useDisclosure(false)
  return (
    <>
      <Button variant="default" leftSection={<FileCheck size={14} aria-hidden />} onClick={dialog.open}>
        {t('reconcile.verify')}
      </Button>
      <Modal opened={opened} onClose={dialog.close} title={t('reconcile.verify')} closeButtonProps={{ 'aria-label': t('common.close') }}>
        <Form onClose={dialog.close} />
      </Modal>
    </>
  )
}

function Form({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const [file, setFile] = useState<File | null>(null)
  const [statement, setStatement] = useState<Statement>({})
  const verify = useAct(
    async (chosen: File) => {
      const found = await read(chosen)
      setStatement(found)
      return ask(verifyStatement({ body: found }))
    },
    { quiet: true },
  )
  const text = (key: string) => (typeof statement[key] === 'string' ? statement[key] : '')
  const sync = statement.sync as { name?: string } | undefined
  return (
    <Stack gap="md">
      <p style={{ margin: 0 }}>{t('reconcile.verify_about')}</p>
      <FileInput
        label={t('reconcile.file')}
        placeholder="reconciliation-1.json"
        accept="application/json,.json"
        leftSection={<Upload size={14} aria-hidden />}
        value={file}
        onChange={(chosen) => {
          setFile(chosen)
          verify.reset()
        }}
      />
      <div role="status">
        {verify.data?.valid && (
          <div className="note ok">
            <div className="row">
              <Seal verdict={statement.verdict === 'agree' ? 'agree' : 'differ'} at={text('ended')} size={84} />
              <div>
                <strong>{t('reconcile.valid')}</strong>
                <p>{t('reconcile.valid_text', { name: sync?.name ?? '', at: second(text('ended')) })}</p>
              </div>
            </div>
          </div>
        )}
        {verify.data?.problem && <ProblemNote problem={verify.data.problem} />}
      </div>
      {Boolean(verify.error) && <FailureNote error={verify.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('common.close')}
        </Button>
        <ActionButton busy={verify.isPending} disabled={!file} onClick={() => file && verify.mutate(file)}>
          {t('reconcile.verify_run')}
        </ActionButton>
      </Group>
    </Stack>
  )
}

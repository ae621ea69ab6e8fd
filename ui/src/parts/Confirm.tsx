import { Button, Group, Modal } from '@mantine/core'
import { createContext, useCallback, useContext, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

interface Question {
  title: string
  text: React.ReactNode
  yes: string
  no?: string
  danger?: boolean
}

const Context = createContext<(q: Question) => Promise<boolean>>(async () => false)

/** Asks before something is done that cannot be undone: names the object, and answers with a promise. */
export const useConfirm = () => useContext(Context)

export function ConfirmProvider({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation()
  const [question, setQuestion] = useState<Question | null>(null)
  const [open, setOpen] = useState(false)
  const answer = useRef<(yes: boolean) => void>(() => undefined)
  const ask = useCallback((q: Question) => {
    answer.current(false)
    setQuestion(q)
    setOpen(true)
    return new Promise<boolean>((resolve) => {
      answer.current = resolve
    })
  }, [])
  const close = (yes: boolean) => {
    setOpen(false)
    answer.current(yes)
  }
  return (
    <Context value={ask}>
      {children}
      <Modal opened={open} onClose={() => close(false)} title={question?.title} closeButtonProps={{ 'aria-label': t('common.close') }}>
        <div>{question?.text}</div>
        <Group justify="flex-end" mt="lg" gap="sm">
          <Button variant="default" onClick={() => close(false)}>
            {question?.no ?? t('common.cancel')}
          </Button>
          <Button color={question?.danger ? 'red' : undefined} onClick={() => close(true)} data-autofocus>
            {question?.yes}
          </Button>
        </Group>
      </Modal>
    </Context>
  )
}

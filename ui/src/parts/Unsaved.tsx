import { Button } from '@mantine/core'
import { ActionButton } from './ActionButton'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useBlocker } from 'react-router'
import { useConfirm } from './Confirm'

/** Asks before leaving a screen with unsaved edits, inside the product and when the tab is closed. */
export function useUnsavedGuard(dirty: boolean): void {
  const { t } = useTranslation()
  const confirm = useConfirm()
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname)
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    void confirm({ title: t('unsaved.title'), text: t('unsaved.text'), yes: t('unsaved.leave'), no: t('unsaved.stay'), danger: true }).then(
      (yes) => (yes ? blocker.proceed() : blocker.reset()),
    )
    // The blocker is a new object at each render: its state is what counts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [blocker.state])
  useEffect(() => {
    if (!dirty) return
    const warn = (e: BeforeUnloadEvent) => e.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [dirty])
}

interface BarProps {
  dirty: boolean
  saving: boolean
  onSave: () => void
  onUndo: () => void
  blocked?: string
  /** Something to look at before saving. */
  before?: React.ReactNode
}

/** Appears with the first edit: 保存 and 元に戻す. */
export function SaveBar({ dirty, saving, onSave, onUndo, blocked, before }: BarProps) {
  const { t } = useTranslation()
  useUnsavedGuard(dirty && !saving)
  if (!dirty) return null
  return (
    <div className="savebar" role="region" aria-label={t('unsaved.bar')}>
      <span>{blocked ?? t('unsaved.bar')}</span>
      {before}
      <Button variant="default" onClick={onUndo} disabled={saving}>
        {t('common.undo')}
      </Button>
      <ActionButton onClick={onSave} busy={saving} disabled={Boolean(blocked)}>
        {t('common.save')}
      </ActionButton>
    </div>
  )
}

import { Group, Select, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ConnectionRow } from '../../client/types.gen'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { ProblemNote } from '../../parts/ProblemNote'
import { routes } from '../../routes'
import type { Chosen } from './pair'

interface Props {
  crm: ConnectionRow[]
  accounting: ConnectionRow[]
  chosen: Chosen
  onChange: (chosen: Chosen) => void
  onNext: () => void
}

/** Step 1: which connection with which. */
export function PairEnds({ crm, accounting, chosen, onChange, onNext }: Props) {
  const { t } = useTranslation()
  const pick = (rows: ConnectionRow[]) =>
    rows.map((c) => ({ value: String(c.id), label: [...new Set([c.name, word(t, 'service', c.service), c.state === 'ready' ? '' : word(t, 'state.connection', c.state)])].filter(Boolean).join(' ・ '), disabled: c.state === 'new' }))
  const set = (side: 'left' | 'right') => (v: string | null) => onChange({ ...chosen, [side]: v ? Number(v) : null, topic: null, leftObject: null, rightObject: null })
  const troubled = [...crm, ...accounting].filter((c) => (c.id === chosen.left || c.id === chosen.right) && c.problem)
  return (
    <section className="panel pad" aria-labelledby="ends">
      <h2 id="ends" style={{ fontSize: 15 }}>
        {t('pair.step.ends')}
      </h2>
      <p className="sub">{t('pair.ends_about')}</p>
      <Stack gap="md" maw={480}>
        <Select label={t('pair.crm')} data={pick(crm)} value={chosen.left === null ? null : String(chosen.left)} placeholder={t('pair.choose')} onChange={set('left')} allowDeselect={false} />
        <Select label={t('pair.accounting')} data={pick(accounting)} value={chosen.right === null ? null : String(chosen.right)} placeholder={t('pair.choose')} onChange={set('right')} allowDeselect={false} />
        {(chosen.left === null || chosen.right === null) && (
          <p className="sub" style={{ margin: 0 }}>
            {t('pair.not_ready')} <Link to={routes.connections}>{t('nav.connections')}</Link>
          </p>
        )}
        {troubled.map((c) => (
          <ProblemNote key={c.id} problem={c.problem!} tone="attention" />
        ))}
      </Stack>
      <Group justify="flex-end" mt="md">
        <ActionButton disabled={chosen.left === null || chosen.right === null} onClick={onNext}>
          {t('pair.next')}
        </ActionButton>
      </Group>
    </section>
  )
}

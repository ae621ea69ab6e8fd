import { TextInput } from '@mantine/core'
import { Link2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { ask } from '../../api/http'
import { createBinding, retryRun } from '../../client/sdk.gen'
import type { ItemDetail, RunRow } from '../../client/types.gen'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { FailureNote } from '../../parts/ProblemNote'
import { routes } from '../../routes'

const PAIRABLE = new Set(['duplicate_name', 'duplicate_code', 'ambiguous_match', 'similar_name', 'same_name_other_code', 'many_to_one', 'skipped_by_policy', 'id_changed'])

/** Whether saying "these two are one" can help with what happened to the record. */
export const canPair = (item: ItemDetail): boolean => PAIRABLE.has(item.problem?.code ?? '')

/** Says that two records are one, then runs the record again. The other side's id is filled in when the problem knows it. */
export function PairForm({ run, item }: { run: RunRow; item: ItemDetail }) {
  const { t } = useTranslation()
  const go = useNavigate()
  const other = typeof item.problem?.facts?.other === 'string' ? item.problem.facts.other : ''
  const [left, setLeft] = useState(item.left_id || (item.side === 'left' ? other : ''))
  const [right, setRight] = useState(item.right_id || (item.side === 'right' ? other : ''))
  const pair = useAct(
    async () => {
      await ask(createBinding({ path: { sync_id: run.sync.id }, body: { left_id: left.trim(), right_id: right.trim() } }))
      return ask(retryRun({ path: { run_id: run.id }, body: { items: [item.id] } }))
    },
    { quiet: true, stale: [['bindings'], ['runs'], ['masters']], said: t('items.paired'), done: ({ run_id }) => void go(routes.run(run_id)) },
  )
  return (
    <form
      className="panel pad"
      onSubmit={(e) => {
        e.preventDefault()
        pair.mutate()
      }}
    >
      <h3>{t('items.pair')}</h3>
      <p className="sub small" style={{ margin: '0 0 8px' }}>
        {t('items.pair_about')}
      </p>
      {Boolean(pair.error) && <FailureNote error={pair.error} />}
      <div className="row" style={{ alignItems: 'flex-end' }}>
        <TextInput label={t('items.left_id')} required value={left} onChange={(e) => setLeft(e.currentTarget.value)} disabled={Boolean(item.left_id)} w={160} />
        <TextInput label={t('items.right_id')} required value={right} onChange={(e) => setRight(e.currentTarget.value)} disabled={Boolean(item.right_id)} w={160} />
        <ActionButton type="submit" busy={pair.isPending} disabled={!left.trim() || !right.trim()} leftSection={<Link2 size={14} aria-hidden />}>
          {t('items.pair_retry')}
        </ActionButton>
      </div>
    </form>
  )
}

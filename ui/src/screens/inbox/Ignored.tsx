import { Button } from '@mantine/core'
import { Undo2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { listDecisions } from '../../client/sdk.gen'
import type { DecisionRow } from '../../client/types.gen'
import { minute } from '../../format'
import { word } from '../../i18n'
import { OfSync, useNamesOf } from '../../i18n/ties'
import { DataTable, type Column } from '../../parts/DataTable'
import { useList, type Listing } from '../../parts/list'
import { RecordLinks } from '../partners/RecordLinks'
import { undo } from './useDecisions'

/** Records that people said to leave alone, until that is taken back. */
export function Ignored() {
  const { t } = useTranslation()
  const may = useMay()
  const namesOf = useNamesOf()
  const list = useList<DecisionRow>(['inbox', 'decisions'], [], (query) => ask(listDecisions({ query: { ...query, state: 'standing' } as never })) as Promise<Listing<DecisionRow>>)
  const columns: Column<DecisionRow>[] = [
    { key: 'name', head: t('items.name'), name: true, cell: (d) => d.name || d.left_id || d.right_id },
    { key: 'kind', head: t('run.kind'), cell: (d) => word(t, 'inbox.kind', d.kind) },
    { key: 'choice', head: t('inbox.answer'), cell: (d) => word(t, 'inbox.choice', d.choice, namesOf(d.sync_id)) },
    { key: 'records', head: t('items.records'), cell: (d) => <OfSync id={d.sync_id}><RecordLinks row={d} /></OfSync> },
    { key: 'by', head: t('audit.user'), cell: (d) => d.by ?? '–' },
    { key: 'at', head: t('audit.at'), cell: (d) => <span className="tnum nowrap">{minute(d.at)}</span> },
  ]
  if (may('run')) {
    columns.push({
      key: 'back',
      head: t('common.actions'),
      cell: (d) => (
        <Button variant="subtle" size="compact-xs" leftSection={<Undo2 size={12} aria-hidden />} onClick={() => void undo([d.id])} aria-label={`${t('inbox.take_back')}: ${d.name}`}>
          {t('inbox.take_back')}
        </Button>
      ),
    })
  }
  return <DataTable label={t('inbox.view.standing')} columns={columns} list={list} empty={<p>{t('inbox.none_standing')}</p>} />
}

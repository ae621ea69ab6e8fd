import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { listScheduleHistory } from '../../client/sdk.gen'
import type { ScheduleResult } from '../../client/types.gen'
import { count, day, minute } from '../../format'
import { word } from '../../i18n'
import { usePresetNames } from '../../i18n/ties'
import { DataTable, type Column } from '../../parts/DataTable'
import { useList } from '../../parts/list'
import { StatusChip } from '../../parts/StatusChip'
import type { ScheduleKind } from './form'
import { countLink } from './ResultPanel'

type Row = ScheduleResult & { id: string }

export function History({ kind }: { kind: ScheduleKind }) {
  const { t } = useTranslation()
  const names = usePresetNames(true)
  const list = useList<Row>(['schedules', kind, 'history'], [], async (query) => {
    const page = await ask(listScheduleHistory({ path: { kind }, query }))
    return { ...page, rows: page.rows.map((r) => ({ ...r, id: r.batch })) }
  }, { size: 20 })
  const figure = (key: 'targets' | 'succeeded' | 'failed'): Column<Row> => ({
    key,
    head: t(`result.${key}`),
    num: true,
    cell: (r) => <Link to={countLink(r, key)}>{count(r[key])}</Link>,
  })
  const columns: Column<Row>[] = [
    { key: 'ran_at', head: t('result.ran_at'), cell: (r) => <Link className="tnum nowrap" to={countLink(r, '')}>{minute(r.ran_at)}</Link> },
    {
      key: 'state',
      head: t('common.state'),
      cell: (r) => (
        <>
          <StatusChip of="run" state={r.state} /> {r.late_for && <span className="tag">{t('result.late', { date: day(r.late_for) })}</span>}
          {r.problem && <div className="small">{r.problem.title}</div>}
        </>
      ),
    },
    { key: 'direction', head: t('schedules.direction'), cell: (r) => word(t, 'direction', r.direction, names) },
    { key: 'trigger', head: t('run.trigger'), cell: (r) => word(t, 'trigger', r.trigger) },
    figure('targets'),
    figure('succeeded'),
    figure('failed'),
  ]
  return <DataTable label={t('schedules.history')} columns={columns} list={list} empty={<p>{t('result.none')}</p>} />
}

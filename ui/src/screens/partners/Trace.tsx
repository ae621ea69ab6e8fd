import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { traceRecord } from '../../client/sdk.gen'
import type { TraceRow } from '../../client/types.gen'
import { second, value } from '../../format'
import { language, word } from '../../i18n'
import { Answered } from '../../parts/Page'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import { useChoiceLabels } from '../mapping/labels'
import { opWord } from '../runs/opWord'

const SIZE = 20

interface Record {
  sync: number
  left_id: string
  right_id: string
}

/** Everything that was ever written for one record, newest first: which run, on whose behalf, from what to what. */
export function Trace({ record }: { record: Record }) {
  const { t } = useTranslation()
  const [opened, section] = useDisclosure(false)
  return (
    <section>
      <Button variant="default" leftSection={<History size={14} aria-hidden />} aria-expanded={opened} onClick={section.toggle}>
        {t('trace.button')}
      </Button>
      {opened && <Entries record={record} />}
    </section>
  )
}

function Entries({ record: r }: { record: Record }) {
  const { t } = useTranslation()
  const [size, setSize] = useState(SIZE)
  const side = r.left_id ? 'left' : 'right'
  const id = r.left_id || r.right_id
  const query = useQuery({ queryKey: ['trace', r.sync, side, id, size], queryFn: () => ask(traceRecord({ query: { sync: r.sync, side, id, page_size: size } })), placeholderData: (old) => old })
  return (
    <div className="stack" style={{ marginTop: 12 }}>
      <Answered query={query} lines={4}>
        {(found) => (
          <>
            {!found.rows.length && <p className="sub">{t('trace.none')}</p>}
            {found.rows.map((row) => (
              <Entry key={row.id} row={row} sync={r.sync} />
            ))}
            {found.rows.length === size && size < 200 && (
              <Button variant="default" onClick={() => setSize(200)}>
                {t('trace.more')}
              </Button>
            )}
          </>
        )}
      </Answered>
    </div>
  )
}

function Entry({ row, sync }: { row: TraceRow; sync: number }) {
  const { t } = useTranslation()
  const labels = useChoiceLabels(sync)
  const changed = row.fields.filter((f) => f.changed)
  const shown = (f: (typeof changed)[number], v: unknown) => value(v, labels(row.side, row.side === 'left' ? f.left : f.right)) || t('common.empty')
  return (
    <article className="panel pad">
      <div className="row">
        <StatusChip of="outcome" state={row.outcome} />
        <span>{row.op === 'none' ? word(t, 'side', row.side) : `${opWord(t, row)} → ${word(t, 'side', row.side)}`}</span>
        <Link className="tnum" to={routes.run(row.run.id, `item=${row.id}`)}>
          {second(row.ended_at ?? row.run.started_at)}
        </Link>
        <span className="sub small">
          {word(t, 'trigger', row.run.trigger)}
          {(row.run.started_by ?? row.run.run_as) && ` (${row.run.started_by ?? row.run.run_as})`}
        </span>
      </div>
      {row.problem && <p className="small">{row.problem.title}</p>}
      {changed.length > 0 && (
        <table className="diff">
          <thead className="sr">
            <tr>
              <th scope="col">{t('mapping.field')}</th>
              <th scope="col">{t('items.before')}</th>
              <th scope="col">{t('items.after')}</th>
            </tr>
          </thead>
          <tbody>
            {changed.map((f) => (
              <tr key={`${f.left}|${f.right}`}>
                <th scope="row">{language() === 'ja' ? f.label_ja : f.label_en || f.label_ja}</th>
                <td>
                  <del>{shown(f, f.before)}</del>
                </td>
                <td>
                  <ins>{shown(f, f.after)}</ins>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </article>
  )
}

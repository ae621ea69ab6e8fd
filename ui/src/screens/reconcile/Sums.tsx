import { Tabs } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ReconciliationDetail, SumRow } from '../../client/types.gen'
import { count, decimal } from '../../format'
import { fieldName, Mark } from './Ledger'

/** Sums by month and by partner, where the mapping has amounts to add up. */
export function Sums({ of: r }: { of: ReconciliationDetail }) {
  const { t } = useTranslation()
  const groups = (['month', 'partner'] as const).filter((g) => r.sums[g].length > 0)
  if (!groups.length) return null
  return (
    <section className="panel pad ledger-sums" aria-labelledby="sums">
      <h2 id="sums" style={{ fontSize: 15, marginBottom: 8 }}>
        {t('reconcile.sums')}
      </h2>
      <Tabs defaultValue={groups[0]}>
        <Tabs.List>
          {groups.map((g) => (
            <Tabs.Tab key={g} value={g}>
              {t(`reconcile.by.${g}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {groups.map((g) => (
          <Tabs.Panel key={g} value={g} pt="sm">
            <SumTable rows={r.sums[g]} of={r} head={t(`reconcile.by.${g}`)} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  )
}

function SumTable({ rows, of: r, head }: { rows: SumRow[]; of: ReconciliationDetail; head: string }) {
  const { t } = useTranslation()
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t('list.table', { label: head })} style={{ maxHeight: 420 }}>
      <table className="dt">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <th scope="col">{t('mapping.field')}</th>
            <th scope="col" className="num">
              {t('side.left')}
            </th>
            <th scope="col">{t('reconcile.verdict')}</th>
            <th scope="col" className="num">
              {t('side.right')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((s) => (
            <tr key={`${s.row} ${s.key} ${s.currency}`}>
              <td className="name">{s.key || t('common.empty')}</td>
              <td>
                {fieldName(r, s.row)} {s.currency && <span className="sub small">{s.currency}</span>}
              </td>
              <td className="num">
                {decimal(s.left)} <span className="sub small">({count(s.left_count)})</span>
              </td>
              <td>
                <Mark agree={s.agree} />
              </td>
              <td className="num">
                {decimal(s.right)} <span className="sub small">({count(s.right_count)})</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

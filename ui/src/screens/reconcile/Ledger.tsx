import { useTranslation } from 'react-i18next'
import type { ReconciliationDetail, ReconciliationEnd, SumRow } from '../../client/types.gen'
import { count, decimal } from '../../format'
import { language, word } from '../../i18n'
import { Seal } from './Seal'

interface Line {
  key: string
  name: string
  left: string
  right: string
  /** Whether the two figures ought to be the same, and are. */
  agree?: boolean
  closing?: boolean
}

/** The two books opened beside each other: what each side holds, line by line, with the verdict stamped over the fold. */
export function Ledger({ of: r }: { of: ReconciliationDetail }) {
  const { t } = useTranslation()
  const c = r.counts
  const lines: Line[] = [
    { key: 'read', name: t('reconcile.line.read'), left: count(c.left), right: count(c.right) },
    ...(c.not_selected_left || c.not_selected_right ? [{ key: 'not_selected', name: t('reconcile.line.not_selected'), left: count(c.not_selected_left), right: count(c.not_selected_right) }] : []),
    { key: 'only', name: t('reconcile.line.only'), left: count(c.only_left), right: count(c.only_right), agree: c.only_left || c.only_right ? false : undefined },
    { key: 'bound', name: t('reconcile.line.bound'), left: count(c.bound), right: count(c.bound) },
    { key: 'agreeing', name: t('reconcile.line.agreeing'), left: count(c.agreeing), right: count(c.agreeing), agree: c.agreeing === c.bound, closing: true },
    ...r.sums.total.map((s) => sumLine(s, r)),
  ]
  return (
    <section className="ledger" aria-label={t('reconcile.ledger')}>
      <table>
        <thead>
          <tr>
            <Head end={r.left} />
            <td>{r.verdict && <Seal verdict={r.verdict as 'agree'} at={r.ended_at} />}</td>
            <Head end={r.right} />
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.key} className={line.closing ? 'closing' : undefined}>
              <Figure text={line.left} />
              <th scope="row">
                {line.name} {line.agree !== undefined && <Mark agree={line.agree} />}
              </th>
              <Figure text={line.right} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function sumLine(s: SumRow, r: ReconciliationDetail): Line {
  return { key: `${s.row} ${s.currency}`, name: `${fieldName(r, s.row)}${s.currency && ` (${s.currency})`}`, left: decimal(s.left), right: decimal(s.right), agree: s.agree, closing: true }
}

/** What both sides call the compared field of this row of the mapping. */
export function fieldName(r: Pick<ReconciliationDetail, 'fields'>, row: number): string {
  const field = r.fields.find((f) => f.row === row)?.left
  return field ? (language() === 'ja' ? field.ja : field.en || field.ja) || field.name : `#${row + 1}`
}

function Head({ end }: { end: ReconciliationEnd }) {
  const { t } = useTranslation()
  return (
    <th scope="col">
      {word(t, 'service', end.service)}
      <small>{end.label || end.object}</small>
      {end.connection.name !== word(t, 'service', end.service) && <small>{end.connection.name}</small>}
    </th>
  )
}

function Figure({ text }: { text: string }) {
  return <td className={text === '0' ? 'nil' : undefined}>{text === '0' ? '0' : <b style={{ fontWeight: 'inherit' }}>{text}</b>}</td>
}

export function Mark({ agree }: { agree: boolean }) {
  const { t } = useTranslation()
  return (
    <span className={agree ? 'equal' : 'unequal'} role="img" aria-label={t(agree ? 'reconcile.equal' : 'reconcile.unequal')}>
      {agree ? '=' : '≠'}
    </span>
  )
}

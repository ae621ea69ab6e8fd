import { TextInput } from '@mantine/core'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ask } from '../../api/http'
import { searchPartner } from '../../client/sdk.gen'
import type { InboxChoice, DecideOne, InboxRow, PlannedWrite } from '../../client/types.gen'
import { count, value } from '../../format'
import { label } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { useAct } from '../../parts/act'
import { FailureNote } from '../../parts/ProblemNote'
import { useChoiceLabels } from '../mapping/labels'
import { RecordLinks } from '../partners/RecordLinks'
import { answer } from './answers'
import { fieldLabel } from './Sides'

const FEW = 5
/** Answers that write nothing anywhere; the others decide from the newest values what they write. */
const HARMLESS = new Set(['ignore', 'unlink', 'stop', 'discard'])

interface Props {
  entry: InboxRow
  busy: string | null
  onAnswer: (given: DecideOne) => void
}

/** The answers an entry offers, numbered for the keyboard; each says what it will write before it is taken. */
export function Choices({ entry, busy, onAnswer }: Props) {
  const { t } = useTranslation()
  return (
    <ol className="answers" aria-label={t('inbox.choices')}>
      {entry.choices.map((c, i) => (
        <li key={`${c.key} ${c.id ?? ''}`}>
          {c.open_id ? (
            <Partner entry={entry} choice={c} busy={busy !== null} onAnswer={onAnswer} />
          ) : (
            <ActionButton variant={i === 0 && entry.kind !== 'drift' ? 'filled' : 'default'} justify="flex-start" busy={busy === `${c.key} ${c.id ?? ''}`} disabled={busy !== null} leftSection={<kbd aria-hidden>{i + 1}</kbd>} onClick={() => onAnswer(answer(entry, c))}>
              {label({ ja: c.label_ja, en: c.label_en })}
            </ActionButton>
          )}
          <Writes entry={entry} choice={c} />
        </li>
      ))}
    </ol>
  )
}

function Writes({ entry, choice }: { entry: InboxRow; choice: InboxChoice }) {
  const { t } = useTranslation()
  const [all, setAll] = useState(false)
  const labels = useChoiceLabels(entry.sync?.id)
  if (!entry.left && !entry.right && !choice.writes.length) return null
  if (choice.open_id) return null
  if (!choice.writes.length) return <span className="small sub">{t(HARMLESS.has(choice.key) ? 'inbox.writes_nothing' : 'inbox.writes_then')}</span>
  const name = (w: PlannedWrite) => {
    const field = entry.fields.find((f) => (w.side === 'left' ? f.left : f.right) === w.field)
    return field ? fieldLabel(field) : w.field
  }
  const text = (w: PlannedWrite, v: unknown) => value(v, labels(w.side, w.field)) || t('common.empty')
  const shown = all ? choice.writes : choice.writes.slice(0, FEW)
  return (
    <>
      <ul className="writes">
        {shown.map((w) => (
          <li key={`${w.side} ${w.field}`}>
            <span className="sub">
              {t(w.side === 'left' ? 'side.left' : 'side.right')} {name(w)}:
            </span>{' '}
            {w.before !== null && w.before !== undefined && w.before !== '' && (
              <>
                <del>{text(w, w.before)}</del> →{' '}
              </>
            )}
            <ins>{text(w, w.after)}</ins>
          </li>
        ))}
      </ul>
      {choice.writes.length > FEW && !all && (
        <button type="button" className="linklike small" onClick={() => setAll(true)}>
          {t('inbox.more_writes', { n: count(choice.writes.length - FEW) })}
        </button>
      )}
    </>
  )
}

/** The person finds the record in the other service, by name or id, and says that it is the one. */
function Partner({ entry, choice, busy, onAnswer }: { entry: InboxRow; choice: InboxChoice; busy: boolean; onAnswer: (given: DecideOne) => void }) {
  const { t } = useTranslation()
  const [q, setQ] = useState(entry.name)
  const look = useAct(() => ask(searchPartner({ path: { entry_id: entry.id }, query: { q } })), { quiet: true })
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault()
        look.mutate()
      }}
    >
      <TextInput label={label({ ja: choice.label_ja, en: choice.label_en })} value={q} onChange={(e) => setQ(e.currentTarget.value)} required />
      <ActionButton type="submit" variant="default" mt={6} busy={look.isPending} leftSection={<Search size={14} aria-hidden />}>
        {t('inbox.search')}
      </ActionButton>
      {Boolean(look.error) && <FailureNote error={look.error} />}
      <div role="status">
        {look.data && !look.data.rows.length && <p className="small sub">{t('inbox.not_found')}</p>}
        {look.data?.rows.map((r) => (
          <div key={r.id} className="row" style={{ marginTop: 6 }}>
            <span>{r.name}</span>
            <RecordLinks row={{ left_id: r.side === 'left' ? r.id : '', right_id: r.side === 'right' ? r.id : '', left_link: r.link, right_link: r.link }} />
            <ActionButton variant="default" disabled={busy} onClick={() => onAnswer(answer(entry, choice, r.id))}>
              {t('items.pair')}
            </ActionButton>
          </div>
        ))}
      </div>
    </form>
  )
}

import { Button } from '@mantine/core'
import { ArrowRight, Check, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useMay } from '../../api/session'
import type { DecideOne, InboxRow } from '../../client/types.gen'
import { minute } from '../../format'
import { word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { ProblemNote } from '../../parts/ProblemNote'
import { routes } from '../../routes'
import { perField } from './answers'
import { Broken } from './Broken'
import { Choices } from './Choices'
import { Sides, type Taken } from './Sides'
import { undo } from './useDecisions'

interface Props {
  entry: InboxRow
  busy: string | null
  onAnswer: (given: DecideOne) => void
}

/** One thing that waits: what happened, the records side by side, and what may be answered. */
export function Entry({ entry, busy, onAnswer }: Props) {
  const { t } = useTranslation()
  const may = useMay()
  const [taken, setTaken] = useState<Taken>({})
  const fields = perField(entry, taken)
  const open = may('run') && !entry.decision
  const mixed = entry.fields.filter((f) => f.conflict).length > 1
  return (
    <article className="stack" aria-labelledby="entry">
      <div className="panel-head" style={{ marginBottom: 0 }}>
        <div>
          <h2 id="entry" style={{ fontSize: 17 }}>
            {entry.name || entry.id}
          </h2>
          <div className="sub small">
            {word(t, 'inbox.kind', entry.kind)}
            {entry.sync && (
              <>
                {' ・ '}
                <Link to={`/syncs/${entry.sync.id}`}>{entry.sync.name}</Link>
              </>
            )}
            {' ・ '}
            <span className="tnum">{minute(entry.since)}</span>
          </div>
        </div>
        <Link to={entry.kind === 'drift' && entry.run_id ? routes.run(entry.run_id) : entry.link}>
          {t(entry.kind === 'connection' ? 'inbox.to_connection' : entry.run_id ? 'inbox.to_run' : 'common.open')} <ArrowRight size={12} aria-hidden />
        </Link>
      </div>
      <ProblemNote problem={entry.problem} tone="attention" />
      {entry.kind === 'drift' && <Broken entry={entry} />}
      {(entry.left || entry.right) && entry.fields.length > 0 && <Sides entry={entry} taken={taken} onTake={open && mixed ? (row, side) => setTaken({ ...taken, [row]: side }) : undefined} />}
      {open && mixed && (
        <div className="row">
          <ActionButton variant="default" disabled={!fields || busy !== null} busy={busy === 'fields '} leftSection={<Check size={14} aria-hidden />} onClick={() => fields && onAnswer(fields)}>
            {t('inbox.per_field')}
          </ActionButton>
          {!fields && <span className="sub small">{t('inbox.per_field_help')}</span>}
        </div>
      )}
      {open && entry.choices.length > 0 && <Choices entry={entry} busy={busy} onAnswer={onAnswer} />}
      {entry.kind === 'connection' && (
        <div>
          <Button component={Link} to={entry.link}>
            {t('inbox.to_connection')}
          </Button>
        </div>
      )}
      {entry.decision && <Decided decision={entry.decision} />}
    </article>
  )
}

function Decided({ decision: d }: { decision: NonNullable<InboxRow['decision']> }) {
  const { t } = useTranslation()
  const may = useMay()
  return (
    <div className="note ok">
      <strong>{t('inbox.answered', { choice: word(t, 'inbox.choice', d.choice) })}</strong>
      <p>
        {d.by} <span className="tnum">{minute(d.at)}</span> ・ {t('inbox.next_run')}
      </p>
      {may('run') && (
        <Button variant="default" leftSection={<Undo2 size={14} aria-hidden />} onClick={() => void undo([d.id])}>
          {t('inbox.take_back')}
        </Button>
      )}
    </div>
  )
}

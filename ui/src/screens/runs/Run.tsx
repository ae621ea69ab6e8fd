import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import type { RunRow } from '../../client/types.gen'
import { day } from '../../format'
import { word } from '../../i18n'
import { OfSync, useNamesOf } from '../../i18n/ties'
import { Answered, Page } from '../../parts/Page'
import { ProblemNote } from '../../parts/ProblemNote'
import { StatusChip } from '../../parts/StatusChip'
import { ACTIVE, WAITING } from '../../parts/status'
import { routes } from '../../routes'
import { Items } from './Items'
import { PlanPanel } from './PlanPanel'
import { ProgressPanel } from './ProgressPanel'
import { ResultFigures } from './ResultFigures'
import { RunActions } from './RunActions'
import { RunFacts } from './RunFacts'
import { useRun } from './useRun'

export default function Run() {
  const { t } = useTranslation()
  const id = Number(useParams().id)
  const { query, lost } = useRun(id)
  const run = query.data
  const names = useNamesOf()(run?.sync.id)
  return (
    <OfSync id={run?.sync.id}>
      <Page
        title={run ? t(run.preview && WAITING.has(run.state) ? 'run.title_preview' : 'run.title', { name: run.sync.name }) : t('run.one')}
        about={
          run && (
            <>
              <StatusChip of="run" state={run.state} /> {word(t, 'direction', run.direction, names)}
              {run.late_for && ` ・ ${t('result.late', { date: day(run.late_for) })}`}
            </>
          )
        }
        crumb={<Link to={routes.runs}>{t('runs.title')}</Link>}
        actions={run && <RunActions run={run} />}
      >
        {lost && (
          <div className="note attention" role="status" style={{ marginBottom: 12 }}>
            {t('run.stream_lost')}
          </div>
        )}
        <Answered query={query} lines={8}>
          {(r) => <Body run={r} />}
        </Answered>
      </Page>
    </OfSync>
  )
}

function Body({ run }: { run: RunRow }) {
  const { t } = useTranslation()
  const active = ACTIVE.has(run.state)
  const waiting = WAITING.has(run.state)
  return (
    <div className="stack">
      {run.problem && <ProblemNote problem={run.problem} tone={run.state === 'error' ? 'bad' : 'attention'} />}
      {run.draft && waiting && (
        <div className="note info">
          {t('consequence.draft_run')} <Link to={routes.sync(run.sync.id)}>{t('mapping.title', { name: run.sync.name })}</Link>
        </div>
      )}
      {run.notes.map((note, i) => (
        <ProblemNote key={i} problem={note} tone="info" />
      ))}
      {active && <ProgressPanel run={run} />}
      {waiting && <PlanPanel run={run} />}
      {!waiting && <ResultFigures run={run} />}
      <Items run={run} />
      <RunFacts run={run} />
    </div>
  )
}

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ArrowRight, CircleCheck, Circle, Lock } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useSession } from '../../api/session'
import type { Setup as SetupData, SetupStage } from '../../client/types.gen'
import { word } from '../../i18n'
import { Answered, Page } from '../../parts/Page'
import { ProblemNote } from '../../parts/ProblemNote'
import { SandboxLink } from '../../parts/SandboxLink'
import { StatusChip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import { setupQuery, stepText } from './SetupHint'

export default function Setup() {
  const { t } = useTranslation()
  const query = useQuery({ ...setupQuery, refetchOnMount: 'always' })
  const { data: session } = useSession()
  return (
    <Page title={t('setup.title')} about={t('setup.about')} actions={<Button component={Link} to={routes.presets} variant="default">{t('setup.other')}</Button>}>
      {session?.demo && (
        <div className="note info" style={{ marginBottom: 12 }}>
          <strong>{t('setup.demo_title')}</strong>
          <p>{t('setup.demo_text')}</p>
          <p className="row">
            <SandboxLink service="freee" />
            <SandboxLink service="kintone" />
          </p>
        </div>
      )}
      <Answered query={query} lines={8}>
        {(data) => <Stages data={data} />}
      </Answered>
    </Page>
  )
}

function Stages({ data }: { data: SetupData }) {
  const { t } = useTranslation()
  const all = data.stages.every((s) => s.state === 'done')
  const current = data.stages.findIndex((s) => s.state === 'now')
  return (
    <div className="stack">
      {all && (
        <div className="note ok">
          <strong>{t('setup.finished')}</strong>
          <p>{t('setup.finished_text')}</p>
        </div>
      )}
      {data.stages.map((stage, i) => (
        <Stage key={stage.key} stage={stage} number={i + 1} next={i === current ? data.next.route : null} />
      ))}
    </div>
  )
}

function Stage({ stage, number, next }: { stage: SetupStage; number: number; next: string | null }) {
  const { t } = useTranslation()
  const first = stage.steps.find((s) => !s.done)
  return (
    <section className="panel pad" aria-labelledby={`stage-${stage.key}`} style={next !== null ? { borderColor: 'var(--primary)' } : undefined}>
      <div className="panel-head">
        <h2 id={`stage-${stage.key}`} style={{ fontSize: 15 }}>
          {number}. {word(t, 'setup.stage', stage.key)}
        </h2>
        <StatusChip of="stage" state={stage.state} />
      </div>
      <p className="sub" style={{ margin: 0 }}>
        {word(t, 'setup.stage_about', stage.key)}
      </p>
      <ol className="steps">
        {stage.steps.map((step) => {
          const now = next !== null && step === first
          const Icon = step.done ? CircleCheck : stage.state === 'locked' ? Lock : Circle
          return (
            <li key={step.key}>
              <Icon size={18} aria-hidden style={{ marginTop: 2, flex: 'none' }} color={step.done ? '#14603b' : 'var(--ink-3)'} />
              <div style={{ flex: 1, minWidth: 0 }}>
                {stage.state === 'locked' ? <span className="sub">{stepText(t, stage.key, step.key)}</span> : <Link to={step.link}>{stepText(t, stage.key, step.key)}</Link>}
                <span className="sr">{t(step.done ? 'setup.done' : 'setup.not_done')}</span>
                {step.problem && stage.state !== 'locked' && (
                  <div style={{ marginTop: 6 }}>
                    <ProblemNote problem={step.problem} tone="attention" />
                  </div>
                )}
              </div>
              {now && (
                <Button component={Link} to={next} rightSection={<ArrowRight size={14} aria-hidden />}>
                  {t('setup.go')}
                </Button>
              )}
            </li>
          )
        })}
      </ol>
    </section>
  )
}

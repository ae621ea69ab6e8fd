import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { useMay } from '../../api/session'
import { proposePair } from '../../client/sdk.gen'
import type { ConnectionRow, PairDraft, ServiceRow } from '../../client/types.gen'
import { OfServices } from '../../i18n/ties'
import { Answered, Page } from '../../parts/Page'
import { routes } from '../../routes'
import { allConnections, servicesQuery } from '../connections/queries'
import { PairEnds } from './PairEnds'
import { PairProposal } from './PairProposal'
import { PairSummary } from './PairSummary'
import { PairTopics } from './PairTopics'
import { edited, type Chosen, type Edited } from './pair'

const STEPS = ['ends', 'topics', 'proposal', 'start'] as const

/** Any CRM with any accounting service in four steps. What may be chosen and what is proposed comes from the API. */
export default function PairWizard() {
  const { t } = useTranslation()
  const may = useMay()
  const services = useQuery(servicesQuery)
  const connections = useQuery(allConnections)
  const both = { data: services.data && connections.data ? { services: services.data, connections: connections.data.rows } : undefined, error: services.error ?? connections.error, refetch: () => void (services.refetch(), connections.refetch()) }
  return (
    <Page title={t('pair.title')} about={t('pair.about')} crumb={<Link to={routes.presets}>{t('presets.title')}</Link>}>
      {may('configure') ? (
        <Answered query={both} lines={6}>
          {(data) => <Steps {...data} />}
        </Answered>
      ) : (
        <div className="note info">{t('pair.no_right')}</div>
      )}
    </Page>
  )
}

function Steps({ services, connections }: { services: ServiceRow[]; connections: ConnectionRow[] }) {
  const { t } = useTranslation()
  const role = (c: ConnectionRow) => services.find((s) => s.service === c.service)?.role
  const crm = connections.filter((c) => role(c) === 'crm')
  const accounting = connections.filter((c) => role(c) === 'accounting')
  const ready = (rows: ConnectionRow[]) => rows.find((c) => c.state !== 'new')?.id ?? null
  const [step, setStep] = useState(0)
  const [chosen, choose] = useState<Chosen>({ left: ready(crm), right: ready(accounting), topic: null, leftObject: null, rightObject: null })
  const [edit, setEdit] = useState<{ of: PairDraft; at: Edited } | null>(null)
  const complete = chosen.left !== null && chosen.right !== null && chosen.topic !== null && chosen.leftObject !== null && chosen.rightObject !== null
  const proposal = useQuery({
    queryKey: ['pair-setup', 'proposal', chosen],
    queryFn: () => ask(proposePair({ body: { left_connection: chosen.left!, right_connection: chosen.right!, topic: chosen.topic!, left_object: chosen.leftObject!, right_object: chosen.rightObject! } })),
    enabled: complete && step >= 2,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  })
  if (!crm.length || !accounting.length) {
    return (
      <div className="panel empty">
        <p>{t(crm.length ? 'pair.need_accounting' : accounting.length ? 'pair.need_crm' : 'pair.need_both')}</p>
        <Button component={Link} to={routes.connections}>
          {t('nav.connections')}
        </Button>
      </div>
    )
  }
  const service = (id: number | null) => connections.find((c) => c.id === id)?.service ?? ''
  return (
    <OfServices left={service(chosen.left)} right={service(chosen.right)}>
      <div className="stack">
        <ol className="row small" style={{ listStyle: 'none', padding: 0, margin: 0 }} aria-label={t('pair.steps')}>
          {STEPS.map((name, i) => (
            <li key={name} aria-current={i === step ? 'step' : undefined} className={i === step ? 'chip info' : 'chip mute'}>
              {i + 1}. {t(`pair.step.${name}`)}
            </li>
          ))}
        </ol>
        {step === 0 && <PairEnds crm={crm} accounting={accounting} chosen={chosen} onChange={choose} onNext={() => setStep(1)} />}
        {step === 1 && <PairTopics chosen={chosen} onChange={choose} onBack={() => setStep(0)} onNext={() => setStep(2)} />}
        {step >= 2 && (
          <Answered query={proposal} lines={12}>
            {(draft) => {
              const at = edit?.of === draft ? edit.at : edited(draft)
              const change = (next: Edited) => setEdit({ of: draft, at: next })
              return step === 2 ? (
                <PairProposal chosen={chosen} draft={draft} at={at} onChange={change} onBack={() => setStep(1)} onNext={() => setStep(3)} />
              ) : (
                <PairSummary chosen={chosen} draft={draft} at={at} onBack={() => setStep(2)} />
              )
            }}
          </Answered>
        )}
        {step >= 2 && proposal.error !== null && (
          <div>
            <Button variant="default" onClick={() => setStep(1)}>
              {t('pair.back')}
            </Button>
          </div>
        )}
      </div>
    </OfServices>
  )
}

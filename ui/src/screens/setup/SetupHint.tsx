import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { ArrowRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'react-router'
import { ask } from '../../api/http'
import { getSetup } from '../../client/sdk.gen'
import { word } from '../../i18n'
import { routes } from '../../routes'

/** What a step asks for, in words. Keys: "freee.connection" in the first stage, kinds of masters in the others. */
export function stepText(t: TFunction, stage: string, key: string): string {
  if (stage === 'masters') return t('setup.step.master', { name: word(t, 'kind', key) })
  if (stage === 'functions') return t('setup.step.function', { name: word(t, 'kind', key) })
  const [service = '', part = ''] = key.split('.')
  return t(`setup.step.${part as 'connection'}`, { name: word(t, 'service', service) })
}

export const setupQuery = { queryKey: ['setup'], queryFn: () => ask(getSetup()) }

/** The guide through the set-up: on every screen, until the first sync has run, what comes next. */
export function SetupHint() {
  const { t } = useTranslation()
  const { pathname, search } = useLocation()
  const { data } = useQuery(setupQuery)
  const stage = data?.stages.find((s) => s.state === 'now')
  if (!data || !stage || !data.wanted || pathname === routes.setup || pathname === routes.pair) return null
  const step = stage.steps.find((s) => !s.done)
  const number = data.stages.indexOf(stage) + 1
  const here = data.next.route === pathname + search || (!data.next.route.includes('?') && data.next.route === pathname)
  return (
    <div className="note info" style={{ marginBottom: 12 }} role="region" aria-label={t('setup.hint')}>
      <div className="row">
        <span style={{ flex: '1 1 240px' }}>
          <span className="tag">
            {t('setup.stage_of', { n: number, of: data.stages.length, name: word(t, 'setup.stage', stage.key) })}
          </span>{' '}
          {step && stepText(t, stage.key, step.key)}
        </span>
        {!here && (
          <Button component={Link} to={data.next.route} size="compact-sm" rightSection={<ArrowRight size={14} aria-hidden />}>
            {t('setup.go')}
          </Button>
        )}
        <Link to={routes.setup} className="small">
          {t('setup.all')}
        </Link>
      </div>
    </div>
  )
}

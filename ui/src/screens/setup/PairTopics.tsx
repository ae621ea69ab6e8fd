import { Group, Radio } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ask } from '../../api/http'
import { listTopics } from '../../client/sdk.gen'
import type { ObjectOption, TopicRow, TopicRows } from '../../client/types.gen'
import { label } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { Answered } from '../../parts/Page'
import { SearchSelect } from '../../parts/SearchSelect'
import { Chip } from '../../parts/StatusChip'
import { routes } from '../../routes'
import type { Chosen } from './pair'

interface Props {
  chosen: Chosen
  onChange: (chosen: Chosen) => void
  onBack: () => void
  onNext: () => void
}

/** Step 2: what both sides offer, and in which objects it is. */
export function PairTopics({ chosen, onChange, onBack, onNext }: Props) {
  const { t } = useTranslation()
  const query = useQuery({
    queryKey: ['pair-setup', 'topics', chosen.left, chosen.right],
    queryFn: () => ask(listTopics({ query: { left: chosen.left!, right: chosen.right! } })),
    refetchOnWindowFocus: false,
  })
  return (
    <section className="panel pad" aria-labelledby="topics">
      <h2 id="topics" style={{ fontSize: 15 }}>
        {t('pair.step.topics')}
      </h2>
      <p className="sub">{t('pair.topics_about')}</p>
      <Answered query={query} lines={8}>
        {(data) => <Topics data={data} chosen={chosen} onChange={onChange} />}
      </Answered>
      <Group justify="space-between" mt="md">
        <ActionButton variant="default" onClick={onBack}>
          {t('pair.back')}
        </ActionButton>
        {chosen.topic && !(chosen.leftObject && chosen.rightObject) && <span className="sub small">{t('pair.choose_both')}</span>}
        <ActionButton disabled={!chosen.topic || !chosen.leftObject || !chosen.rightObject || known(query.data, chosen) !== undefined} onClick={onNext}>
          {t('pair.next')}
        </ActionButton>
      </Group>
    </section>
  )
}

const known = (data: TopicRows | undefined, chosen: Chosen) => data?.known.find((k) => k.left === chosen.leftObject && k.right === chosen.rightObject)

function Topics({ data, chosen, onChange }: { data: TopicRows } & Pick<Props, 'chosen' | 'onChange'>) {
  const { t } = useTranslation()
  const offered = data.rows.filter((row) => row.offered)
  const pick = (key: string) => {
    const row = data.rows.find((r) => r.key === key)
    onChange({ ...chosen, topic: key, leftObject: row?.left ?? null, rightObject: row?.right ?? null })
  }
  if (!offered.length) return <div className="note attention">{t('pair.nothing_common')}</div>
  return (
    <Radio.Group aria-labelledby="topics" value={chosen.topic} onChange={pick}>
      <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {offered.map((row) => (
          <li key={row.key} style={{ padding: '6px 0', borderTop: '1px solid var(--line)' }}>
            <div className="row">
              <Radio value={row.key} label={label(row)} />
              {row.sync_id != null && <Chip tone="ok">{t('pair.there')}</Chip>}
            </div>
            {chosen.topic === row.key && <Objects row={row} data={data} chosen={chosen} onChange={onChange} />}
          </li>
        ))}
      </ul>
    </Radio.Group>
  )
}

function Objects({ row, data, chosen, onChange }: { row: TopicRow; data: TopicRows } & Pick<Props, 'chosen' | 'onChange'>) {
  const { t } = useTranslation()
  const options = (objects: ObjectOption[]) => objects.map((o) => ({ value: o.name, label: label(o), hint: o.reason?.title ?? o.name, also: `${o.ja} ${o.en} ${o.name}`, disabled: !o.available }))
  const there = known(data, chosen)
  return (
    <div style={{ padding: '8px 0 4px 28px' }}>
      <div className="row" style={{ alignItems: 'flex-end' }}>
        <SearchSelect label={t('pair.left_object')} placeholder={t('pair.choose')} data={options(row.left_objects)} value={chosen.leftObject} onChange={(v) => onChange({ ...chosen, leftObject: v })} w={300} />
        <SearchSelect label={t('pair.right_object')} placeholder={t('pair.choose')} data={options(row.right_objects)} value={chosen.rightObject} onChange={(v) => onChange({ ...chosen, rightObject: v })} w={300} />
      </div>
      {there && (
        <div className="note info" style={{ marginTop: 8 }} role="status">
          {t('pair.known')} <Link to={routes.sync(there.sync_id)}>{t('pair.open')}</Link>
        </div>
      )}
    </div>
  )
}

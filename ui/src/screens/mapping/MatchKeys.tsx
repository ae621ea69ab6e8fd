import { ActionIcon, Select } from '@mantine/core'
import { Plus, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { MappingOut, MatchKeyRow } from '../../client/types.gen'
import { ActionButton } from '../../parts/ActionButton'
import { SearchSelect } from '../../parts/SearchSelect'
import { optionsOf } from './LineRow'

interface Props {
  mapping: MappingOut
  keys: MatchKeyRow[]
  editable: boolean
  onChange: (keys: MatchKeyRow[]) => void
}

/** How records that are not paired yet find each other: the first key that finds anything decides. */
export function MatchKeys({ mapping, keys, editable, onChange }: Props) {
  const { t } = useTranslation()
  const set = (i: number, change: Partial<MatchKeyRow>) => onChange(keys.map((k, j) => (j === i ? { ...k, ...change } : k)))
  const required = t('common.required')
  return (
    <section className="panel pad" aria-labelledby="keys">
      <h2 id="keys" style={{ fontSize: 15 }}>
        {t('match.title')}
      </h2>
      <p className="sub" style={{ margin: '2px 0 8px' }}>
        {t('match.about')}
      </p>
      {keys.map((key, i) => (
        <div key={i} className="row" style={{ marginBottom: 6 }}>
          <span className="tnum">{i + 1}.</span>
          <SearchSelect aria-label={t('match.left_n', { n: i + 1 })} data={optionsOf(mapping.left.fields, required)} value={key.left || null} onChange={(v) => set(i, { left: v ?? '' })} disabled={!editable} w={220} />
          <span aria-hidden>=</span>
          <SearchSelect aria-label={t('match.right_n', { n: i + 1 })} data={optionsOf(mapping.right.fields, required)} value={key.right || null} onChange={(v) => set(i, { right: v ?? '' })} disabled={!editable} w={220} />
          <Select
            aria-label={t('match.how_n', { n: i + 1 })}
            w={300}
            data={(['exact', 'text', 'name'] as const).map((h) => ({ value: h, label: t(`match.${h}`) }))}
            value={key.how ?? 'exact'}
            onChange={(v) => v && set(i, { how: v as 'exact' })}
            allowDeselect={false}
            disabled={!editable}
          />
          {editable && (
            <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('match.remove_n', { n: i + 1 })} onClick={() => onChange(keys.filter((_, j) => j !== i))}>
              <Trash2 size={15} aria-hidden />
            </ActionIcon>
          )}
        </div>
      ))}
      {editable && (
        <ActionButton variant="subtle" leftSection={<Plus size={14} aria-hidden />} onClick={() => onChange([...keys, { left: '', right: '', how: 'exact' }])}>
          {t('match.add')}
        </ActionButton>
      )}
    </section>
  )
}

import { ActionIcon, MultiSelect, TagsInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { FieldRow } from '../../client/types.gen'
import { label, word } from '../../i18n'
import { ActionButton } from '../../parts/ActionButton'
import { SearchSelect } from '../../parts/SearchSelect'
import { mappingQuery } from './labels'
import { optionsOf } from './LineRow'

export interface Rule {
  field: string
  values: string[]
}
export interface Selection {
  all: string[]
  left: Rule[]
  right: Rule[]
}

/** What the API stores, with every part there. */
export const selectionOf = (raw: Record<string, unknown>): Selection => ({
  all: (raw.all as string[] | undefined) ?? [],
  left: (raw.left as Rule[] | undefined) ?? [],
  right: (raw.right as Rule[] | undefined) ?? [],
})

/** Conditions that are not finished yet are no conditions. */
export const finished = (s: Selection): Selection => ({ ...s, left: s.left.filter((r) => r.field && r.values.length), right: s.right.filter((r) => r.field && r.values.length) })

interface Props {
  sync: number
  value: Selection
  editable: boolean
  onChange: (value: Selection) => void
}

/** Which records of each side are synced: all conditions must hold, each by one of its values. */
export function SelectionEditor({ sync, value, editable, onChange }: Props) {
  const { t } = useTranslation()
  const { data } = useQuery({ ...mappingQuery(sync), staleTime: 60_000 })
  if (!data) return null
  return (
    <fieldset>
      <legend>{t('syncs.conditions')}</legend>
      <p className="sub small" style={{ margin: '2px 0 6px' }}>
        {t('syncs.conditions_about')}
      </p>
      {(['left', 'right'] as const).map((side) => (
        <Side key={side} side={side} fields={data[side].fields} rules={value[side]} editable={editable} onChange={(rules) => onChange({ ...value, [side]: rules })} />
      ))}
    </fieldset>
  )
}

function Side({ side, fields, rules, editable, onChange }: { side: 'left' | 'right'; fields: FieldRow[]; rules: Rule[]; editable: boolean; onChange: (rules: Rule[]) => void }) {
  const { t } = useTranslation()
  const name = word(t, 'side', side)
  const set = (i: number, change: Partial<Rule>) => onChange(rules.map((r, j) => (j === i ? { ...r, ...change } : r)))
  return (
    <div style={{ marginBottom: 8 }}>
      {rules.length === 0 && (
        <div className="small">
          {name}: <span className="sub">{t('syncs.no_conditions')}</span>
        </div>
      )}
      {rules.map((rule, i) => {
        const choices = fields.find((f) => f.name === rule.field)?.choices ?? []
        const common = { 'aria-label': t('syncs.values_n', { side: name, n: i + 1 }), disabled: !editable, style: { flex: 1, minWidth: 180 } }
        return (
          <div key={i} className="row" style={{ marginBottom: 6 }}>
            <span className="nowrap">{name}</span>
            <SearchSelect aria-label={t('syncs.field_n', { side: name, n: i + 1 })} data={optionsOf(fields, t('common.required'))} value={rule.field || null} onChange={(v) => set(i, { field: v ?? '', values: [] })} disabled={!editable} w={220} />
            <span aria-hidden>=</span>
            {choices.length ? (
              <MultiSelect {...common} data={choices.map((c) => ({ value: c.value, label: label(c) || c.value }))} value={rule.values} onChange={(values) => set(i, { values })} />
            ) : (
              <TagsInput {...common} value={rule.values} onChange={(values) => set(i, { values })} placeholder={rule.values.length ? undefined : t('syncs.values_help')} />
            )}
            {editable && (
              <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('syncs.remove_n', { side: name, n: i + 1 })} onClick={() => onChange(rules.filter((_, j) => j !== i))}>
                <Trash2 size={15} aria-hidden />
              </ActionIcon>
            )}
          </div>
        )
      })}
      {editable && (
        <ActionButton variant="subtle" size="compact-sm" leftSection={<Plus size={13} aria-hidden />} onClick={() => onChange([...rules, { field: '', values: [] }])}>
          {t('syncs.add_condition', { side: name })}
        </ActionButton>
      )}
    </div>
  )
}

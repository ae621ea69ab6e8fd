import { ActionIcon, Button, Checkbox, Select, Stack, TextInput } from '@mantine/core'
import { Plus, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ConverterOption, ConverterRow } from '../../client/types.gen'
import { label, word } from '../../i18n'

type Options = Record<string, unknown>

interface Props {
  converter: ConverterRow
  options: Options
  editable: boolean
  onChange: (options: Options) => void
}

/** The settings of a converter, as its own description asks for them. */
export function ConverterOptions({ converter, options, editable, onChange }: Props) {
  const set = (name: string, value: unknown) => {
    const next = { ...options }
    if (value === '' || value === null) delete next[name]
    else next[name] = value
    onChange(next)
  }
  return (
    <Stack gap="sm">
      {converter.options.map((o) => (
        <One key={o.name} option={o} value={options[o.name]} editable={editable} onChange={(v) => set(o.name, v)} />
      ))}
    </Stack>
  )
}

function One({ option: o, value, editable, onChange }: { option: ConverterOption; value: unknown; editable: boolean; onChange: (value: unknown) => void }) {
  const { t } = useTranslation()
  const common = { label: label(o), withAsterisk: o.required, disabled: !editable }
  if (o.kind === 'table') return <Table title={label(o)} value={(value ?? {}) as Record<string, string>} editable={editable} onChange={onChange} />
  if (o.kind === 'flag') return <Checkbox label={label(o)} disabled={!editable} checked={value === true} onChange={(e) => onChange(e.currentTarget.checked)} />
  if (o.choices?.length) return <Select {...common} data={o.choices.map((c) => ({ value: c, label: word(t, 'choice', c) }))} value={typeof value === 'string' ? value : null} onChange={onChange} clearable={!o.required} />
  return <TextInput {...common} value={typeof value === 'string' ? value : ''} onChange={(e) => onChange(e.currentTarget.value)} />
}

/** A table of pairs: this value there is that value here. */
function Table({ title, value, editable, onChange }: { title: string; value: Record<string, string>; editable: boolean; onChange: (value: Record<string, string>) => void }) {
  const { t } = useTranslation()
  const pairs = Object.entries(value)
  const put = (next: [string, string][]) => onChange(Object.fromEntries(next))
  return (
    <fieldset>
      <legend>{title}</legend>
      <Stack gap={4}>
        {pairs.map(([from, to], i) => (
          <div key={i} className="row" style={{ flexWrap: 'nowrap' }}>
            <TextInput aria-label={t('mapping.from_n', { n: i + 1 })} value={from} disabled={!editable} onChange={(e) => put(pairs.map((p, j) => (j === i ? [e.currentTarget.value, to] : p)))} style={{ flex: 1 }} />
            <span aria-hidden>↔</span>
            <TextInput aria-label={t('mapping.to_n', { n: i + 1 })} value={to} disabled={!editable} onChange={(e) => put(pairs.map((p, j) => (j === i ? [from, e.currentTarget.value] : p)))} style={{ flex: 1 }} />
            <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('mapping.remove_n', { n: i + 1 })} disabled={!editable} onClick={() => put(pairs.filter((_, j) => j !== i))}>
              <Trash2 size={15} aria-hidden />
            </ActionIcon>
          </div>
        ))}
      </Stack>
      <Button mt={4} variant="default" size="compact-sm" leftSection={<Plus size={13} aria-hidden />} disabled={!editable || '' in value} onClick={() => put([...pairs, ['', '']])}>
        {t('common.add')}
      </Button>
    </fieldset>
  )
}

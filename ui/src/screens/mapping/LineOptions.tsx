import { Button, Checkbox, Group, Modal, Radio, Select, Stack, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ConverterRow, FieldRow, MappingOut, MappingProblem, MappingRowIn } from '../../client/types.gen'
import { label, word } from '../../i18n'
import { ProblemNote } from '../../parts/ProblemNote'
import { ConverterOptions } from './ConverterOptions'
import type { Line } from './state'

interface Props {
  name: string
  line: Line
  mapping: MappingOut
  left: FieldRow | undefined
  right: FieldRow | undefined
  editable: boolean
  problems: MappingProblem[] | undefined
  onClose: () => void
  onChange: (change: Partial<MappingRowIn>) => void
}

const fits = (kinds: string[], field: FieldRow | undefined): boolean => !field || !kinds.length || kinds.includes(field.kind)

/** Everything about one line beside its two fields: converter, constant, when it is written, what empty means. */
export function LineOptions({ name, line, mapping, left, right, editable, problems, onClose, onChange }: Props) {
  const { t } = useTranslation()
  const { row } = line
  const converter = mapping.converters.find((c) => c.name === row.converter)
  const offered = mapping.converters.filter((c: ConverterRow) => c.name === row.converter || (fits(c.left_kinds, left) && fits(c.right_kinds, right)))
  return (
    <Modal opened onClose={onClose} title={name} size="md" closeButtonProps={{ 'aria-label': t('common.close') }} styles={{ content: { textAlign: 'left', whiteSpace: 'normal' } }}>
      <Stack gap="md">
        {problems?.map((p, i) => <ProblemNote key={i} problem={p.problem} tone={p.severity === 'error' ? 'bad' : 'attention'} />)}
        <Select
          label={t('mapping.converter')}
          data={offered.map((c) => ({ value: c.name, label: label(c) }))}
          value={row.converter ?? null}
          placeholder={t('mapping.no_converter')}
          onChange={(v) => onChange({ converter: v, options: {} })}
          clearable
          clearButtonProps={{ 'aria-label': t('common.clear', { name: t('mapping.converter') }) }}
          disabled={!editable}
        />
        {converter && !converter.two_way && <div className="small sub">{t('mapping.one_way')}</div>}
        {converter && <ConverterOptions converter={converter} options={row.options ?? {}} editable={editable} onChange={(options) => onChange({ options })} />}
        <TextInput label={t('mapping.default')} description={t(row.left && row.right ? 'mapping.default_help' : 'mapping.constant_help')} value={row.default ?? ''} onChange={(e) => onChange({ default: e.currentTarget.value || null })} disabled={!editable} />
        <Checkbox label={t('mapping.only_on_create')} description={t('mapping.only_on_create_help')} checked={row.only_on_create} onChange={(e) => onChange({ only_on_create: e.currentTarget.checked })} disabled={!editable} />
        <Checkbox label={t('mapping.write_back')} description={t('mapping.write_back_help')} checked={row.write_back} onChange={(e) => onChange({ write_back: e.currentTarget.checked })} disabled={!editable} />
        <Radio.Group label={t('mapping.when_empty')} value={row.when_empty} onChange={(v) => onChange({ when_empty: v as 'keep' })}>
          <Stack gap="xs" mt={4}>
            <Radio value="keep" label={t('mapping.when_keep')} disabled={!editable} />
            <Radio value="clear" label={t('mapping.when_clear')} disabled={!editable} />
          </Stack>
        </Radio.Group>
        {(row.rows?.length ?? 0) > 0 && (
          <div>
            <h3>{t('mapping.nested')}</h3>
            <ul style={{ margin: 0, paddingLeft: 18 }}>
              {row.rows!.map((r, i) => (
                <li key={i}>
                  {label(left?.fields?.find((f) => f.name === r.left)) || r.left} {word(t, 'flow_mark', r.direction ?? 'both')} {label(right?.fields?.find((f) => f.name === r.right)) || r.right}
                </li>
              ))}
            </ul>
          </div>
        )}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('common.close')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}

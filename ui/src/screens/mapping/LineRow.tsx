import { ActionIcon, Button, Select } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Settings2, Trash2 } from 'lucide-react'
import { memo, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { FieldRow, MappingOut, MappingProblem } from '../../client/types.gen'
import { label, word } from '../../i18n'
import { SearchSelect, type Option } from '../../parts/SearchSelect'
import { Chip, StatusChip } from '../../parts/StatusChip'
import type { FieldMaps } from './Editor'
import { LineOptions } from './LineOptions'
import { flows, lineStatus, type Action, type Line } from './state'

interface Props {
  line: Line
  meant?: boolean
  mapping: MappingOut
  fields: FieldMaps
  problems: MappingProblem[] | undefined
  editable: boolean
  send: (action: Action) => void
}

export const optionsOf = (fields: FieldRow[], required: string): Option[] =>
  fields.map((f) => ({ value: f.name, label: f.required ? `${label(f)} (${required})` : label(f), hint: f.name, also: `${f.ja} ${f.en} ${f.name}` }))

export const LineRow = memo(function LineRow({ line, meant, mapping, fields, problems, editable, send }: Props) {
  const { t } = useTranslation()
  const [open, more] = useDisclosure(false)
  const { row, key } = line
  const place = useRef<HTMLTableRowElement>(null)
  const left = fields.left.get(row.left ?? '')
  const right = fields.right.get(row.right ?? '')
  const name = [left, right].map((f) => label(f)).filter(Boolean).join(' – ') || t('mapping.new_row')
  const status = lineStatus(line, problems)
  // once more when its problem is known: what is told above the rows moves them
  useEffect(() => {
    if (meant) place.current?.scrollIntoView?.({ block: 'center' })
  }, [meant, status])
  const extras = [row.write_back && t('mapping.write_back'), row.only_on_create && t('mapping.only_on_create'), row.default && t('mapping.default_is', { value: row.default }), row.when_empty === 'clear' && t('mapping.when_clear')].filter(Boolean)
  // A field that is gone is still shown by the code the row knows it by.
  const missing = (which: 'left' | 'right'): Option[] => {
    const name = row[which]
    return name && !fields[which].has(name) ? [{ value: name, label: t('mapping.field_gone', { name }), hint: name, also: name }] : []
  }
  const side = (which: 'left' | 'right') => (
    <SearchSelect
      aria-label={t(which === 'left' ? 'mapping.left_of' : 'mapping.right_of', { name })}
      data={[...missing(which), ...optionsOf(mapping[which].fields, t('common.required'))]}
      value={row[which] ?? null}
      placeholder={t('mapping.constant')}
      onChange={(v) => send({ type: 'change', key, change: { [which]: v } })}
      clearable={editable}
      clearButtonProps={{ 'aria-label': t('common.clear', { name }) }}
      disabled={!editable}
      error={problems?.some((p) => p.severity === 'error') || undefined}
      miw={165}
      title={fields[which].has(row[which] ?? '') ? label(fields[which].get(row[which]!)) : undefined}
    />
  )
  return (
    <tr ref={place} data-selected={status === 'proposal'} data-meant={meant || undefined} aria-current={meant || undefined}>
      <td>
        {side('left')}
        <Kind field={left} />
      </td>
      <td style={{ width: 150 }}>
        <Select
          aria-label={t('mapping.direction_of', { name })}
          data={(row.write_back ? [row.direction ?? 'both'] : [...new Set([...flows(left, right), row.direction ?? 'both'])]).map((d) => ({ value: d, label: word(t, 'flow', d) }))}
          value={row.direction ?? 'both'}
          onChange={(v) => v && send({ type: 'change', key, change: { direction: v as 'both' } })}
          allowDeselect={false}
          disabled={!editable || row.write_back}
          miw={130}
        />
        <span className="small">&nbsp;</span>
      </td>
      <td>
        {side('right')}
        <Kind field={right} />
      </td>
      <td style={{ minWidth: 130 }}>
        <span>{label(mapping.converters.find((c) => c.name === row.converter)) || t('mapping.no_converter')}</span>
        {extras.length > 0 && <div className="small sub">{extras.join(' / ')}</div>}
      </td>
      <td style={{ minWidth: 120 }}>
        {line.proposal ? (
          <>
            <Chip tone="info">{t('mapping.proposal', { score: line.proposal.score })}</Chip>
            <div className="small sub">{word(t, 'why', line.proposal.why)}</div>
            {editable && (
              <span className="row" style={{ gap: 4, marginTop: 2, flexWrap: 'nowrap' }}>
                <Button size="compact-xs" variant="light" onClick={() => send({ type: 'accept', key })} aria-label={`${t('mapping.accept')}: ${name}`}>
                  {t('mapping.accept')}
                </Button>
                <Button size="compact-xs" variant="subtle" onClick={() => send({ type: 'dismiss', key })} aria-label={`${t('mapping.dismiss')}: ${name}`}>
                  {t('mapping.dismiss')}
                </Button>
              </span>
            )}
          </>
        ) : (
          <>
            <StatusChip of="row" state={status} />
            {problems?.map((p, i) => (
              <div key={i} className="small">
                {p.problem.title}
              </div>
            ))}
          </>
        )}
      </td>
      <td className="num">
        <span className="row" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end', gap: 4 }}>
          <ActionIcon variant="default" size={30} aria-label={t('mapping.options_of', { name })} onClick={more.open}>
            <Settings2 size={15} aria-hidden />
          </ActionIcon>
          {editable && (
            <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('mapping.remove_of', { name })} onClick={() => send({ type: 'remove', key })}>
              <Trash2 size={15} aria-hidden />
            </ActionIcon>
          )}
        </span>
        {open && <LineOptions name={name} line={line} mapping={mapping} left={left} right={right} editable={editable} problems={problems} onClose={more.close} onChange={(change) => send({ type: 'change', key, change })} />}
      </td>
    </tr>
  )
})

function Kind({ field }: { field: FieldRow | undefined }) {
  const { t } = useTranslation()
  const traits = field && [word(t, 'value_kind', field.kind), field.unique && t('mapping.unique'), field.max_length && t('mapping.max', { n: field.max_length })].filter(Boolean)
  return <span className="small sub">{traits ? traits.join(' ・ ') : '\u00a0'}</span>
}

import { Select, type ComboboxItem, type OptionsFilter, type SelectProps } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { matches } from '../fold'

export interface Option extends ComboboxItem {
  /** More text to search in: the API name, the other language. */
  also?: string
  /** Shown small behind the label. */
  hint?: string
}

const filter: OptionsFilter = ({ options, search, limit }) =>
  (options as Option[]).filter((o) => matches(search, o.label, o.also, o.value)).slice(0, limit)

/** A select whose search folds width, kana and case, and also finds the API name. */
export function SearchSelect({ data, ...rest }: Omit<SelectProps, 'data'> & { data: Option[] }) {
  const { t } = useTranslation()
  return (
    <Select
      searchable
      data={data}
      filter={filter}
      limit={200}
      nothingFoundMessage={t('list.no_match')}
      comboboxProps={{ shadow: 'md', width: 'max-content', position: 'bottom-start' }}
      renderOption={({ option }) => {
        const o = option as Option
        return (
          <span>
            {o.label}
            {o.hint && <span className="sub small mono"> {o.hint}</span>}
          </span>
        )
      }}
      {...rest}
    />
  )
}

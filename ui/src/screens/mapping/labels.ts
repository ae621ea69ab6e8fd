import { useQuery } from '@tanstack/react-query'
import { ask } from '../../api/http'
import { getMapping } from '../../client/sdk.gen'
import { label } from '../../i18n'

export const mappingQuery = (id: number) => ({ queryKey: ['syncs', id, 'mapping'], queryFn: () => ask(getMapping({ path: { sync_id: id } })) })

type Labels = { value: string; label: string }[] | undefined

/** Choices are stored by the value the service wants; people read the label. */
export function useChoiceLabels(sync: number | undefined): (side: string, field: string | null | undefined) => Labels {
  const { data } = useQuery({ ...mappingQuery(sync ?? 0), enabled: sync !== undefined, staleTime: 60_000 })
  return (side, field) => {
    const schema = side === 'left' ? data?.left : data?.right
    const choices = schema?.fields.find((f) => f.name === field)?.choices
    return choices?.length ? choices.map((c) => ({ value: c.value, label: label(c) || c.value })) : undefined
  }
}

import { useQuery } from '@tanstack/react-query'
import { ask } from '../../api/http'
import { getConnection, getOutbound, listConnections, listServices } from '../../client/sdk.gen'

export const servicesQuery = { queryKey: ['services'], queryFn: () => ask(listServices()), staleTime: 300_000 }
export const allConnections = { queryKey: ['connections', 'all'], queryFn: () => ask(listConnections({ query: { page_size: 200 } })) }
export const connectionQuery = (id: number) => ({ queryKey: ['connections', id], queryFn: () => ask(getConnection({ path: { connection_id: id } })) })

export const useServices = () => useQuery(servicesQuery)
export const useOutbound = () => useQuery({ queryKey: ['outbound'], queryFn: () => ask(getOutbound()), staleTime: 300_000 })

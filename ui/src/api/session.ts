import { useQuery } from '@tanstack/react-query'
import { getSession } from '../client/sdk.gen'
import type { Session } from '../client/types.gen'
import { ask, queries } from './http'

export type Right = 'view' | 'run' | 'schedule' | 'configure' | 'connect' | 'administer'

export const sessionQuery = {
  queryKey: ['session'],
  queryFn: (): Promise<Session> => ask(getSession()),
  staleTime: 60_000,
}

/** Someone else, or another workspace: nothing read before may be seen now. */
export function become(session: Session): void {
  queries.removeQueries({ predicate: (q) => q.queryKey[0] !== 'session' })
  queries.setQueryData(sessionQuery.queryKey, session)
}

export const useSession = () => useQuery(sessionQuery)

/** Whether the signed-in person has a right. The API refuses in any case; this only decides what is shown. */
export function useMay(): (right: Right) => boolean {
  const { data } = useSession()
  return (right) => Boolean(data?.rights?.includes(right))
}

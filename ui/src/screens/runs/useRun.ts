import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { ask } from '../../api/http'
import { getRun } from '../../client/sdk.gen'
import type { RunRow } from '../../client/types.gen'
import { ACTIVE } from '../../parts/status'

const TOUCHED = ['items', 'masters', 'schedules', 'setup', 'dashboard', 'bindings', 'inbox']
const ORDER = ['open', 'read_left', 'read_right', 'plan', 'apply', 'settle', 'done']

/** The later of two pictures of a run: progress never goes back, whichever answer arrives last. */
export function later(now: RunRow | undefined, next: RunRow): RunRow {
  if (!now || now.id !== next.id) return next
  if (!ACTIVE.has(next.state) || !ACTIVE.has(now.state)) return ACTIVE.has(next.state) && now.ended_at && !next.ended_at ? now : next
  const phases = ORDER.indexOf(next.phase) - ORDER.indexOf(now.phase)
  if (phases !== 0) return phases > 0 ? next : now
  return next.progress.done + next.progress.read < now.progress.done + now.progress.read ? now : next
}

/** A run, live: by event stream while it is active, by polling after the stream has failed twice. */
export function useRun(id: number) {
  const queries = useQueryClient()
  const [failures, setFailures] = useState(0)
  const query = useQuery({
    queryKey: ['runs', id],
    queryFn: async () => later(queries.getQueryData<RunRow>(['runs', id]), await ask(getRun({ path: { run_id: id } }))),
    refetchInterval: (q) => (q.state.data && ACTIVE.has(q.state.data.state) ? (failures >= 2 ? 1_500 : 10_000) : false),
  })
  const active = query.data !== undefined && ACTIVE.has(query.data.state)
  const was = useRef(active)
  useEffect(() => {
    // However its end became known: what a run touches is out of date now.
    if (was.current && !active) for (const key of TOUCHED) void queries.invalidateQueries({ queryKey: [key] })
    was.current = active
  }, [active, queries])
  useEffect(() => {
    if (!active || failures >= 2) return
    const stream = new EventSource(`/api/runs/${id}/events`)
    const take = (event: MessageEvent<string>) => {
      const { run } = JSON.parse(event.data) as { run: RunRow }
      queries.setQueryData<RunRow>(['runs', id], (now) => later(now, run))
      if (!ACTIVE.has(run.state)) stream.close()
    }
    stream.addEventListener('run', take)
    stream.addEventListener('message', take)
    stream.onerror = () => {
      stream.close()
      setFailures((n) => n + 1)
    }
    return () => stream.close()
  }, [id, active, failures, queries])
  return { query, lost: active && failures >= 2 }
}

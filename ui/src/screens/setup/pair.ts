// What the wizard holds while a person goes through it.
import type { PairCheckIn, PairDraft } from '../../client/types.gen'
import { accepted, EMPTY, reduce, type State } from '../mapping/state'
import { DAILY, type When } from '../schedules/form'

export type Way = 'to_left' | 'to_right'

export interface Chosen {
  left: number | null
  right: number | null
  topic: string | null
  leftObject: string | null
  rightObject: string | null
}

export interface Edited {
  name: string
  directions: Way[]
  mapping: State
  duplicate: string
  conflict: string
  schedule: When & { enabled: boolean }
}

/** A proposal as it is before anybody has touched it; what is not sure waits to be accepted. */
export function edited(draft: PairDraft): Edited {
  const loaded = reduce(EMPTY, { type: 'load', rows: draft.mapping.rows, matchKeys: draft.mapping.match_keys })
  return {
    name: draft.name,
    directions: draft.directions,
    mapping: reduce(loaded, { type: 'propose', rows: draft.maybe }),
    duplicate: draft.duplicate_policy,
    conflict: draft.conflict_policy,
    schedule: { enabled: false, ...DAILY },
  }
}

/** What is checked and, with more around it, saved. */
export function asked(chosen: Chosen, at: Edited): PairCheckIn {
  return {
    left_connection: chosen.left!,
    left_object: chosen.leftObject!,
    right_connection: chosen.right!,
    right_object: chosen.rightObject!,
    topic: chosen.topic!,
    rows: accepted(at.mapping).map((line) => line.row),
    match_keys: at.mapping.matchKeys,
    directions: at.directions,
  }
}

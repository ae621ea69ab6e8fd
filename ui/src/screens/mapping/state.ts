// The mapping editor's state: rows with a stable key, proposals that are not rows until they are accepted, and what is unsaved.
import type { FieldRow, MappingOut, MappingProblem, MappingRowIn, MatchKeyRow, ProposalRow } from '../../client/types.gen'

export type Flow = NonNullable<MappingRowIn['direction']>

export interface Line {
  key: number
  row: MappingRowIn
  /** Set while the line is a proposal nobody has accepted. */
  proposal?: { score: number; why: string }
}

export interface State {
  lines: Line[]
  matchKeys: MatchKeyRow[]
  next: number
}

export type Action =
  | { type: 'load'; rows: MappingRowIn[]; matchKeys: MatchKeyRow[] }
  | { type: 'change'; key: number; change: Partial<MappingRowIn> }
  | { type: 'add'; row?: Partial<MappingRowIn> }
  | { type: 'remove'; key: number }
  | { type: 'propose'; rows: ProposalRow[] }
  | { type: 'accept'; key?: number }
  | { type: 'dismiss'; key?: number }
  | { type: 'keys'; matchKeys: MatchKeyRow[] }

export const EMPTY: State = { lines: [], matchKeys: [], next: 1 }

const blank: MappingRowIn = { left: null, right: null, direction: 'both', converter: null, options: {}, default: null, only_on_create: false, write_back: false, when_empty: 'keep', rows: [] }

/** Only the fields of a row: answers carry more (status, score). */
export function pure(row: MappingRowIn): MappingRowIn {
  const picked = { ...blank }
  for (const name of Object.keys(blank) as (keyof MappingRowIn)[]) if (row[name] !== undefined) Object.assign(picked, { [name]: row[name] })
  return picked
}

const pair = (r: MappingRowIn): string => JSON.stringify([r.left ?? null, r.right ?? null])

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'load':
      return { lines: action.rows.map((row, i) => ({ key: i + 1, row: pure(row) })), matchKeys: action.matchKeys, next: action.rows.length + 1 }
    case 'change':
      // Touching a proposal is accepting it.
      return { ...state, lines: state.lines.map((l) => (l.key === action.key ? { key: l.key, row: { ...l.row, ...action.change } } : l)) }
    case 'add':
      return { ...state, lines: [...state.lines, { key: state.next, row: { ...blank, ...action.row } }], next: state.next + 1 }
    case 'remove':
      return { ...state, lines: state.lines.filter((l) => l.key !== action.key) }
    case 'propose': {
      const kept = state.lines.filter((l) => !l.proposal)
      const known = new Set(kept.map((l) => pair(l.row)))
      const taken = (side: 'left' | 'right') => new Set(kept.filter((l) => !l.row.write_back).map((l) => l.row[side]))
      const [lefts, rights] = [taken('left'), taken('right')]
      const fresh = action.rows.filter((r) => !known.has(pair(r)) && (r.write_back || !(lefts.has(r.left) || rights.has(r.right))))
      return {
        ...state,
        lines: [...kept, ...fresh.map((r, i) => ({ key: state.next + i, row: pure(r), proposal: { score: r.score, why: r.why } }))],
        next: state.next + fresh.length,
      }
    }
    case 'accept':
      return { ...state, lines: state.lines.map((l) => (action.key === undefined || l.key === action.key ? { key: l.key, row: l.row } : l)) }
    case 'dismiss':
      return { ...state, lines: state.lines.filter((l) => !l.proposal || (action.key !== undefined && l.key !== action.key)) }
    case 'keys':
      return { ...state, matchKeys: action.matchKeys }
  }
}

/** What would be saved: lines that are no proposals and name at least one field. */
export const accepted = (state: State): Line[] => state.lines.filter((l) => !l.proposal && (l.row.left || l.row.right))

export const body = (state: State): { rows: MappingRowIn[]; match_keys: MatchKeyRow[] } => ({
  rows: accepted(state).map((l) => l.row),
  match_keys: state.matchKeys,
})

export const isDirty = (state: State, stored: MappingOut): boolean =>
  JSON.stringify(body(state)) !== JSON.stringify({ rows: stored.rows.map(pure), match_keys: stored.match_keys })

/** Problems by line key; those of the mapping as a whole under 0. The API counts the rows it was sent. */
export function problemsByLine(state: State, problems: MappingProblem[]): Map<number, MappingProblem[]> {
  const sent = accepted(state)
  const out = new Map<number, MappingProblem[]>()
  for (const p of problems) {
    const key = p.row === null || p.row === undefined ? 0 : (sent[p.row]?.key ?? 0)
    out.set(key, [...(out.get(key) ?? []), p])
  }
  return out
}

export function lineStatus(line: Line, problems: MappingProblem[] | undefined): 'proposal' | 'ok' | 'warning' | 'error' {
  if (line.proposal) return 'proposal'
  if (problems?.some((p) => p.severity === 'error')) return 'error'
  return problems?.length ? 'warning' : 'ok'
}

/** Fields of a side that no line uses. */
export function unused(fields: FieldRow[], state: State, side: 'left' | 'right'): FieldRow[] {
  const used = new Set(state.lines.map((l) => l.row[side]))
  return fields.filter((f) => !used.has(f.name))
}

/** Directions a pair of fields allows: nothing flows into a field that cannot be written. */
export function flows(left: FieldRow | undefined, right: FieldRow | undefined): Flow[] {
  const writable = (f: FieldRow | undefined) => !f || f.on_create !== false || f.on_update !== false
  const out: Flow[] = []
  if (writable(left) && writable(right)) out.push('both')
  if (writable(right)) out.push('to_right')
  if (writable(left)) out.push('to_left')
  return out
}

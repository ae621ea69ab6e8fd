// What may be answered to several entries at once, and how an answer is sent.
import type { InboxChoice, DecideOne, InboxRow } from '../../client/types.gen'

/** An answer to one entry. */
export const answer = (entry: InboxRow, choice: InboxChoice, partner = choice.id): DecideOne => ({ id: entry.id, choice: choice.key, ...(partner ? { partner } : {}) })

/** What takes a side per field: every conflict needs one. */
export function perField(entry: InboxRow, taken: Readonly<Record<number, 'left' | 'right'>>): DecideOne | null {
  const asked = entry.fields.filter((f) => f.conflict)
  if (!asked.length || asked.some((f) => !taken[f.row])) return null
  return { id: entry.id, choice: 'fields', fields: Object.fromEntries(asked.map((f) => [String(f.row), taken[f.row]!])) }
}

/** The one choice of this key that needs nothing more to be told; none when there are several partners to choose from. */
const plainChoice = (entry: InboxRow, key: string): InboxChoice | undefined => {
  const found = entry.choices.filter((c) => c.key === key && !c.open_id)
  return found.length === 1 ? found[0] : undefined
}

/** The choices that all of these entries offer, in the order of the first. A choice that names its partner is worded for all. */
export function common(entries: readonly InboxRow[]): string[] {
  const [first, ...rest] = entries
  if (!first) return []
  const keys = [...new Set(first.choices.map((c) => c.key))]
  return keys.filter((key) => [first, ...rest].every((e) => plainChoice(e, key)))
}

export const answersOf = (entries: readonly InboxRow[], key: string): DecideOne[] => entries.flatMap((e) => {
  const choice = plainChoice(e, key)
  return choice ? [answer(e, choice)] : []
})

/** Entries by kind, kinds in the order in which they first come. */
export function byKind(rows: readonly InboxRow[]): [string, InboxRow[]][] {
  const groups = new Map<string, InboxRow[]>()
  for (const row of rows) groups.set(row.kind, [...(groups.get(row.kind) ?? []), row])
  return [...groups]
}

/** The entry to look at after one is answered: the next in the list, else the one before. */
export function neighbour(rows: readonly InboxRow[], id: string | undefined, step: 1 | -1): string | undefined {
  const at = rows.findIndex((r) => r.id === id)
  if (at < 0) return rows[0]?.id
  return rows[Math.min(rows.length - 1, Math.max(0, at + step))]?.id
}

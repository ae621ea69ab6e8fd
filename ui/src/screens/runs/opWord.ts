import type { TFunction } from 'i18next'
import type { ItemRow } from '../../client/types.gen'
import { word } from '../../i18n'

/** Pairing two records that differ also writes: the word says so. */
export const opWord = (t: TFunction, r: Pick<ItemRow, 'op' | 'changes' | 'outcome'>): string =>
  r.op === 'none' && r.outcome !== 'unchanged' ? '–' : word(t, 'op', r.op === 'bind' && r.changes > 0 ? 'bind_update' : r.op)

import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import i18n from 'i18next'
import { ask } from '../../api/http'
import { decideMany, takeBack } from '../../client/sdk.gen'
import type { DecideOne } from '../../client/types.gen'
import { complain, say, useAct } from '../../parts/act'
import { count } from '../../format'
import { queries } from '../../api/http'

// A little less than the time after which the server begins the run: a button that is there works.
const GRACE_MS = 9_000
const STALE = [['inbox'], ['runs'], ['bindings'], ['dashboard']] as const

/** Takes answers back: before their run they were never given, lasting ones end. */
export async function undo(ids: number[]): Promise<void> {
  try {
    await ask(takeBack({ body: { decision_ids: ids } }))
    say(i18n.t('inbox.taken_back'))
  } catch (error) {
    complain(error)
  }
  for (const queryKey of STALE) void queries.invalidateQueries({ queryKey: [...queryKey] })
}

/** Answers entries, all or none, and offers for a while to take it back. */
export function useDecisions(done?: (ids: string[]) => void) {
  return useAct((decisions: DecideOne[]) => ask(decideMany({ body: { decisions } })), {
    stale: STALE,
    done: (out, given) => {
      done?.(given.map((d) => d.id))
      const ids = out.decisions.flatMap((d) => (d.decision_id ? [d.decision_id] : []))
      const shown = notifications.show({
        color: 'ledger',
        autoClose: GRACE_MS,
        closeButtonProps: { 'aria-label': i18n.t('common.close') },
        message: (
          <span className="row">
            <span style={{ flex: 1 }}>{i18n.t(out.soon ? 'inbox.decided_soon' : out.runs.length ? 'inbox.decided_run' : 'inbox.decided', { n: count(given.length) })}</span>
            {ids.length > 0 && (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  notifications.hide(shown)
                  void undo(ids)
                }}
              >
                {i18n.t('common.undo')}
              </Button>
            )}
          </span>
        ),
      })
    },
  })
}

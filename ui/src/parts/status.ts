// One map of states to tones for the whole product: the words are in the catalogues under "state".
export type Tone = 'ok' | 'info' | 'attention' | 'bad' | 'mute'
export type StateOf = 'run' | 'outcome' | 'connection' | 'binding' | 'master' | 'person' | 'row' | 'schedule' | 'stage' | 'worker' | 'difference' | 'verdict'

export const TONES: Record<StateOf, Record<string, Tone>> = {
  run: {
    queued: 'mute',
    running: 'info',
    paused: 'attention',
    planned: 'info',
    held: 'attention',
    succeeded: 'ok',
    partly: 'attention',
    error: 'bad',
    stopped: 'attention',
    cancelled: 'mute',
    discarded: 'mute',
  },
  outcome: {
    planned: 'info',
    created: 'ok',
    updated: 'ok',
    unchanged: 'mute',
    skipped: 'mute',
    failed: 'bad',
    blocked: 'attention',
    not_reached: 'attention',
    not_counted: 'mute',
  },
  connection: { new: 'mute', ready: 'ok', reauthorise: 'bad', blocked: 'attention', error: 'bad' },
  binding: { ok: 'ok', missing_left: 'attention', missing_right: 'attention', id_changed: 'attention' },
  master: { linked: 'ok', disabled: 'mute', unlinked: 'mute', unavailable: 'attention' },
  person: { ok: 'ok', reauthorise: 'bad', missing: 'attention', none: 'attention' },
  row: { ok: 'ok', warning: 'attention', error: 'bad', proposal: 'info' },
  schedule: { enabled: 'ok', disabled: 'mute' },
  stage: { done: 'ok', now: 'info', locked: 'mute' },
  worker: { alive: 'ok', silent: 'bad' },
  difference: { differs: 'attention', only_left: 'info', only_right: 'info', missing: 'bad', moving: 'mute' },
  verdict: { agree: 'ok', differ: 'attention' },
}

export const tone = (of: StateOf, state: string): Tone => TONES[of][state] ?? 'mute'

export const ACTIVE = new Set(['queued', 'running', 'paused'])
export const WAITING = new Set(['planned', 'held'])

import { expect, test } from 'vitest'
import type { RunRow } from '../src/client/types.gen'
import { later } from '../src/screens/runs/useRun'

const run = (state: string, phase: string, done: number, more: Partial<RunRow> = {}): RunRow =>
  ({ id: 1, state, phase, progress: { read: 10, planned: 10, done, total: 10, percent: done * 10 }, ended_at: null, ...more }) as RunRow

test('progress never goes back, whichever answer arrives last', () => {
  expect(later(run('running', 'apply', 5), run('running', 'apply', 3)).progress.done).toBe(5)
  expect(later(run('running', 'apply', 0), run('running', 'read_left', 0)).phase).toBe('apply')
  expect(later(run('running', 'plan', 0), run('running', 'apply', 1)).phase).toBe('apply')
})

test('the end of a run wins, and a late picture of it running does not undo that', () => {
  const ended = run('succeeded', 'done', 10, { ended_at: '2026-11-21T00:00:00Z' })
  expect(later(run('running', 'apply', 9), ended)).toBe(ended)
  expect(later(ended, run('running', 'apply', 9))).toBe(ended)
})

test('an applied preview runs again, and another run replaces it', () => {
  expect(later(run('planned', 'plan', 0), run('running', 'apply', 0)).state).toBe('running')
  expect(later(run('running', 'apply', 9), { ...run('running', 'open', 0), id: 2 }).id).toBe(2)
})

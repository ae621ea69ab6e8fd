// What the Node scripts of this folder share: the list of what was tried, a person's consent, the line told at the end.
import { createRequire } from 'node:module'

// the imitation's address
export const base = process.argv[2].replace(/\/$/, '')
export const real = globalThis.fetch

// Steps of one client, by its name in the registry. `step` gives what `act` gives and counts when `holds` says so; `raises` counts
// when it raises what holds: a text in it, or a function of it. `told` prints the line for `dev.py fidelity`.
export function steps(service, client) {
  const { version } = createRequire(import.meta.url)(`${client}/package.json`)
  const done = [], deviations = []
  async function step(name, act, holds = Boolean) {
    try {
      const got = await act()
      if (holds(got)) done.push(name)
      else deviations.push(`${name}: ${JSON.stringify(got)?.slice(0, 300)}`)
      return got
    } catch (wrong) {
      deviations.push(`${name}: ${wrong}`.slice(0, 300))
    }
  }
  async function raises(name, act, holds) {
    try {
      deviations.push(`${name}: no error but ${JSON.stringify(await act())?.slice(0, 100)}`)
    } catch (told) {
      if (typeof holds === 'string' ? String(told).includes(holds) : holds(told)) done.push(name)
      else deviations.push(`${name}: ${told}`.slice(0, 300))
    }
  }
  const told = () => console.log(JSON.stringify({ service, client, version, steps: done, deviations }))
  process.on('uncaughtException', (wrong) => { // what a step should have given was needed by the next
    deviations.push(`the script ended: ${wrong}`)
    told()
    process.exit(0)
  })
  return { step, raises, told }
}

// Calls of `fetch` to these hosts go to the imitation; nothing else of a call is changed.
export function lead(hosts) {
  globalThis.fetch = (url, options) => real(String(url).replace(hosts, base), options)
}

// A person opens the page at `path` with the query `asked` and allows, with what else the form sends; where the browser goes back to.
export async function consent(path, asked, more = { decision: 'allow' }) {
  const form = Object.fromEntries(new URLSearchParams(asked))
  const page = await (await real(`${base}${path}?${new URLSearchParams(asked)}`)).text()
  for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)) form[name] ??= value
  const body = new URLSearchParams({ ...form, ...more })
  const answer = await real(`${base}${path}`, { method: 'POST', body, redirect: 'manual' })
  return answer.headers.get('location')
}

// Sets switches of the imitation, as its operator may.
export const turn = (settings) => real(`${base}/_sandbox/state`, { method: 'POST', body: JSON.stringify(settings) })

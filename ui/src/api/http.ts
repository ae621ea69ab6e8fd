// How the generated client is set up, and how its answers become values or problems.
import { QueryClient } from '@tanstack/react-query'
import i18n from 'i18next'
import { client } from '../client/client.gen'
import type { Fault } from '../client/types.gen'

/** An answer that is not a success, or no answer at all. */
export class Refusal extends Error {
  constructor(
    readonly problem: Fault,
    readonly status: number,
  ) {
    super(problem.title)
  }
}

const cookie = (name: string): string =>
  document.cookie.split('; ').find((c) => c.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''

client.setConfig({ baseUrl: window.location.origin, credentials: 'same-origin' })
client.interceptors.request.use((request) => {
  request.headers.set('Accept-Language', i18n.language)
  if (request.method !== 'GET') request.headers.set('X-CSRFToken', cookie('csrftoken'))
  return request
})

function local(code: 'unreachable' | 'unexpected', status: number): Refusal {
  const problem: Fault = {
    code: code === 'unreachable' ? 'server_unreachable' : 'unexpected',
    title: i18n.t(`fault.${code}.title`),
    cause: i18n.t(`fault.${code}.cause`),
    next: i18n.t(`fault.${code}.next`),
    who: 'host',
    recovery: 'retry',
    facts: {},
    fields: [],
    id: '',
  }
  return new Refusal(problem, status)
}

interface Answer<T> {
  data?: T
  error?: unknown
  response?: Response
}

/** The data of a call of the generated client; throws a Refusal otherwise. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await call
  } catch {
    throw local('unreachable', 0)
  }
  const status = answer.response?.status ?? 0
  if (answer.response?.ok) return answer.data as T
  if (!answer.response) throw local('unreachable', 0)
  if (status === 401) queries.setQueryData(['session'], (old: object | undefined) => old && { ...old, signed_in: false })
  const problem = answer.error as Fault | undefined
  throw problem && typeof problem === 'object' && 'code' in problem ? new Refusal(problem, status) : local('unexpected', status)
}

export function refusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : local('unexpected', 0)
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && refusal(error).status === 0,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
})

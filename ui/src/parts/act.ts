import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import i18n from 'i18next'
import { refusal } from '../api/http'

export function say(message: string): void {
  notifications.show({ message, color: 'ledger', autoClose: 4000, closeButtonProps: { 'aria-label': i18n.t('common.close') } })
}

export function complain(error: unknown): void {
  const { problem } = refusal(error)
  notifications.show({
    title: problem.title,
    message: `${problem.cause} ${problem.next}`,
    color: 'red',
    autoClose: 12_000,
    closeButtonProps: { 'aria-label': i18n.t('common.close') },
  })
}

interface Options<In, Out> {
  /** Query keys whose answers are out of date afterwards. */
  stale?: readonly (readonly unknown[])[]
  done?: (out: Out, input: In) => void
  said?: string
  /** The screen shows the error itself. */
  quiet?: boolean
}

/** A call that changes something: tells what happened and refreshes what it touched. */
export function useAct<In = void, Out = unknown>(call: (input: In) => Promise<Out>, options: Options<In, Out> = {}) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: call,
    onSuccess: (out, input) => {
      for (const queryKey of options.stale ?? []) void queries.invalidateQueries({ queryKey: [...queryKey] })
      if (options.said) say(options.said)
      options.done?.(out, input)
    },
    onError: (error) => {
      if (!options.quiet) complain(error)
    },
  })
}

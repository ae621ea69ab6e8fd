import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, render, screen, waitFor } from '@testing-library/react'
import { useTranslation } from 'react-i18next'
import { beforeEach, expect, test } from 'vitest'
import { sessionQuery } from '../src/api/session'
import type { Tie } from '../src/client/types.gen'
import { setLanguage, word } from '../src/i18n'
import { en } from '../src/i18n/en'
import { ja } from '../src/i18n/ja'
import { namesOf, OfSync, OfWorkspace, useNamesOf } from '../src/i18n/ties'

const KINTONE = { sync: 1, left: 'kintone', right: 'freee' }
const SALESFORCE = { sync: 2, left: 'salesforce', right: 'xero' }

function Words({ sync }: { sync?: number }) {
  const { t } = useTranslation()
  const names = useNamesOf()
  return (
    <p data-testid={sync ? `of ${sync}` : 'all'}>
      {t('direction.to_right')} | {word(t, 'origin', 'left')} | {word(t, 'side', 'right')} | {t('side.left', names(2))}
    </p>
  )
}

function Product() {
  return (
    <OfWorkspace>
      <Words />
      <OfSync id={1}>
        <Words sync={1} />
      </OfSync>
      <OfSync id={2}>
        <Words sync={2} />
      </OfSync>
    </OfWorkspace>
  )
}

let client: QueryClient
const tell = (ties: Tie[]) => client.setQueryData(sessionQuery.queryKey, { signed_in: true, first_start: false, version: '', ties })

function show(ties: Tie[]) {
  client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, retry: false, enabled: false } } })
  tell(ties)
  render(
    <QueryClientProvider client={client}>
      <Product />
    </QueryClientProvider>,
  )
}
const text = (id: string) => screen.getByTestId(id).textContent

beforeEach(() => act(() => setLanguage('ja')))

test('before the first sync both sides have the words of their role, afterwards the names of their services', async () => {
  show([])
  expect(text('all')).toBe('CRM から 会計サービス へ | CRMで登録 | 会計サービス | CRM')
  tell([SALESFORCE])
  await waitFor(() => expect(text('all')).toBe('Salesforce から Xero へ | Salesforceで登録 | Xero | Salesforce'))
})

test('two pairs in one workspace are told apart, and texts about all of them name none', () => {
  show([KINTONE, SALESFORCE])
  expect(text('all')).toBe('CRM から 会計サービス へ | CRMで登録 | 会計サービス | Salesforce')
  expect(text('of 1')).toBe('kintone から freee会計 へ | kintoneで登録 | freee会計 | Salesforce')
  expect(text('of 2')).toBe('Salesforce から Xero へ | Salesforceで登録 | Xero | Salesforce')
})

test('a change of language changes the names with the texts', async () => {
  show([KINTONE, SALESFORCE])
  await act(async () => setLanguage('en'))
  expect(text('all')).toBe('From the CRM to the accounting service | Made in the CRM | The accounting service | Salesforce')
  expect(text('of 1')).toBe('From kintone to freee accounting | Made in kintone | freee accounting | Salesforce')
  tell([KINTONE])
  await waitFor(() => expect(text('all')).toBe('From kintone to freee accounting | Made in kintone | freee accounting | The CRM'))
})

test('one service on one side is named though the other side has several', () => {
  expect(namesOf([KINTONE, { left: 'kintone', right: 'xero' }], 'en')).toEqual({ crm: 'kintone', Crm: 'kintone', books: 'the accounting service', Books: 'The accounting service' })
})

type Tree = { [key: string]: string | Tree }
const flat = (tree: Tree): string[] => Object.values(tree).flatMap((v) => (typeof v === 'string' ? [v] : flat(v)))

// The guided set-up, its masters and freee's own plans are about these two services; everything else is about any two.
const OF_THE_TWO = new Set(['service', 'setup', 'masters', 'choice'])

test.each([['ja', ja], ['en', en]])('no text for every pair names a service (%s)', (_, texts) => {
  const found = Object.entries(texts as Tree).flatMap(([group, part]) => (OF_THE_TWO.has(group) || typeof part === 'string' ? [] : flat(part)))
  expect(found.filter((line) => /kintone|freee/i.test(line))).toEqual([])
})

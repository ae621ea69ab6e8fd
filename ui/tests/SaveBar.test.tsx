import { MantineProvider } from '@mantine/core'
import { act, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { createMemoryRouter, Link } from 'react-router'
import { RouterProvider } from 'react-router/dom'
import { expect, test, vi } from 'vitest'
import { ConfirmProvider } from '../src/parts/Confirm'
import { SaveBar } from '../src/parts/Unsaved'

function open(dirty: boolean) {
  const onSave = vi.fn()
  const router = createMemoryRouter([
    { path: '/', element: <><SaveBar dirty={dirty} saving={false} onSave={onSave} onUndo={() => undefined} /><Link to="/other">移動</Link></> },
    { path: '/other', element: <p>別の画面</p> },
  ])
  render(
    <MantineProvider env="test">
      <ConfirmProvider>
        <RouterProvider router={router} />
      </ConfirmProvider>
    </MantineProvider>,
  )
  return { onSave, router }
}

test('nothing is saved until 保存 is pressed', async () => {
  const { onSave } = open(true)
  expect(onSave).not.toHaveBeenCalled()
  await userEvent.click(screen.getByRole('button', { name: '保存' }))
  expect(onSave).toHaveBeenCalledOnce()
})

test('leaving with unsaved edits asks first, and staying keeps the screen', async () => {
  open(true)
  await userEvent.click(screen.getByRole('link', { name: '移動' }))
  await userEvent.click(await screen.findByRole('button', { name: 'この画面に戻る' }))
  expect(screen.queryByText('別の画面')).toBeNull()
  await userEvent.click(screen.getByRole('link', { name: '移動' }))
  await userEvent.click(await screen.findByRole('button', { name: '変更を破棄して移動' }))
  expect(await screen.findByText('別の画面')).toBeVisible()
})

test('without edits there is no bar and no question', async () => {
  const { router } = open(false)
  expect(screen.queryByRole('button', { name: '保存' })).toBeNull()
  await act(() => router.navigate('/other'))
  expect(screen.getByText('別の画面')).toBeVisible()
})

import { MantineProvider } from '@mantine/core'
import { fireEvent, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { SearchSelect } from '../src/parts/SearchSelect'

const data = [
  { value: 'name', label: '取引先名', also: 'Partner name' },
  { value: 'kana', label: 'カナ名称', also: 'Kana' },
]

function open() {
  const onChange = vi.fn()
  render(
    <MantineProvider env="test">
      <SearchSelect label="項目" data={data} value={null} onChange={onChange} />
    </MantineProvider>,
  )
  return { onChange, input: screen.getByRole('combobox', { name: '項目' }) }
}

test('typing half-width kana finds the full-width label', async () => {
  const { onChange, input } = open()
  await userEvent.type(input, 'ｶﾅ')
  expect(screen.queryByRole('option', { name: '取引先名' })).toBeNull()
  await userEvent.click(screen.getByRole('option', { name: 'カナ名称' }))
  expect(onChange).toHaveBeenCalledWith('kana', expect.anything())
})

test('Enter that ends a conversion selects nothing', async () => {
  const { onChange, input } = open()
  await userEvent.type(input, 'カナ')
  fireEvent.keyDown(input, { key: 'Enter', keyCode: 229, isComposing: true })
  expect(onChange).not.toHaveBeenCalled()
})

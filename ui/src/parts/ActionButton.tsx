import { Button, Loader, type ButtonProps } from '@mantine/core'

interface Props extends ButtonProps {
  busy?: boolean
  onClick?: () => void
  type?: 'button' | 'submit'
  'aria-label'?: string
  title?: string
}

/** A button that keeps its words while it works. */
export function ActionButton({ busy, leftSection, disabled, type = 'button', ...rest }: Props) {
  return (
    <Button
      {...rest}
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      leftSection={busy ? <Loader size={14} color="gray" aria-hidden /> : leftSection}
    />
  )
}

import { TextInput } from '@mantine/core'

/** A calendar day as yyyy-mm-dd, by the browser's own date input. */
export function DayFilter({ label, value, onChange }: { label: string; value?: string; onChange: (value: string | null) => void }) {
  return <TextInput type="date" label={label} w={150} value={value ?? ''} onChange={(e) => onChange(e.currentTarget.value || null)} />
}

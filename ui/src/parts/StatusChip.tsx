import { useTranslation } from 'react-i18next'
import { word } from '../i18n'
import { tone, type StateOf, type Tone } from './status'

export function StatusChip({ of, state }: { of: StateOf; state: string }) {
  const { t } = useTranslation()
  return <span className={`chip ${tone(of, state)}`}>{word(t, `state.${of}`, state)}</span>
}

export function Chip({ tone: ground, children }: { tone: Tone; children: React.ReactNode }) {
  return <span className={`chip ${ground}`}>{children}</span>
}

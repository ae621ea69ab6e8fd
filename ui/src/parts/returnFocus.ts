import { useEffect, useRef } from 'react'

/** For what opens over a page and is taken away when it closes: the focus goes back to where it was when it opened. */
export function useReturnFocus(): void {
  const opener = useRef(document.activeElement)
  useEffect(() => {
    const before = opener.current
    return () => {
      setTimeout(() => {
        if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
      })
    }
  }, [])
}

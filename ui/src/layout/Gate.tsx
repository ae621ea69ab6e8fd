import { lazy, Suspense, useEffect } from 'react'
import { useSession } from '../api/session'
import { setZone } from '../format'
import { setLanguage, type Language } from '../i18n'
import { FailureNote } from '../parts/ProblemNote'
import { Shell } from './Shell'

const FirstStart = lazy(() => import('../screens/start/FirstStart'))
const SignIn = lazy(() => import('../screens/start/SignIn'))

/** First start, sign-in, or the product: the address stays the same, so that signing in lands where one wanted to go. */
export function Gate() {
  const session = useSession()
  const { data } = session
  const chosen = data?.user?.language
  useEffect(() => {
    if (chosen === 'ja' || chosen === 'en') setLanguage(chosen as Language)
  }, [chosen])
  if (data?.workspace) setZone(data.workspace.time_zone)
  if (!data) {
    return session.error ? (
      <main className="gate">
        <FailureNote error={session.error} onRetry={() => void session.refetch()} />
      </main>
    ) : null
  }
  if (data.signed_in) return <Shell />
  return <Suspense>{data.first_start ? <FirstStart /> : <SignIn />}</Suspense>
}

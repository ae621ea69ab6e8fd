import { Skeleton } from '@mantine/core'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'
import { FailureNote } from './ProblemNote'

interface Props {
  title: string
  about?: React.ReactNode
  crumb?: React.ReactNode
  actions?: React.ReactNode
  children: React.ReactNode
}

/** The frame of every screen: one h1 that takes the focus when the route changes, actions at the right. */
export function Page({ title, about, crumb, actions, children }: Props) {
  const { t } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  const { pathname } = useLocation()
  useEffect(() => {
    document.title = `${title} | ${t('brand')}`
  }, [title, t])
  useEffect(() => {
    if (document.activeElement === document.body || !document.activeElement?.closest('main')) {
      heading.current?.focus({ preventScroll: true })
    }
  }, [pathname])
  // before the effects of what is inside, which may scroll to a row that is meant
  useLayoutEffect(() => {
    window.scrollTo(0, 0) // newer browsers answer with a promise, which is no way to clean up
  }, [pathname])
  return (
    <>
      <div className="page-head">
        <div>
          {crumb && <div className="small">{crumb}</div>}
          <h1 ref={heading} tabIndex={-1} style={{ fontSize: 20, lineHeight: 1.4 }}>
            {title}
          </h1>
          {about && <div className="sub">{about}</div>}
        </div>
        {actions && <div className="page-actions">{actions}</div>}
      </div>
      {children}
    </>
  )
}

/** True once `ms` have passed: skeletons only show for what is slow. */
export function useLate(ms = 200): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), ms)
    return () => clearTimeout(timer)
  }, [ms])
  return late
}

export function Loading({ lines = 4 }: { lines?: number }) {
  const { t } = useTranslation()
  const late = useLate()
  return (
    <div aria-busy="true" role="status" aria-label={t('common.loading')} style={{ minHeight: lines * 32 }}>
      {late && Array.from({ length: lines }, (_, i) => <Skeleton key={i} height={20} my={12} width={`${92 - ((i * 17) % 40)}%`} />)}
    </div>
  )
}

interface Query<T> {
  data: T | undefined
  error: unknown
  refetch: () => unknown
}

/** The three states of a screen that needs one answer before it can show anything. */
export function Answered<T>({ query, lines, children }: { query: Query<T>; lines?: number; children: (data: T) => React.ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>
  if (query.error) return <FailureNote error={query.error} onRetry={() => void query.refetch()} />
  return (
    <div className="panel pad">
      <Loading lines={lines} />
    </div>
  )
}

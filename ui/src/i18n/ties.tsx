import i18n from 'i18next'
import { useEffect, useMemo, type ReactNode } from 'react'
import { I18nextProvider, useTranslation } from 'react-i18next'
import { useQueryClient } from '@tanstack/react-query'
import { useSession } from '../api/session'
import type { Tie } from '../client/types.gen'
import type { Language, Names } from '.'

const NONE: Tie[] = []

/** What both sides are called where these syncs are spoken of: a service by its name where it is the only one on its side, else
 * the words CRM and accounting service. */
export function namesOf(ties: readonly Pick<Tie, 'left' | 'right'>[], lng: Language): Names {
  const t = i18n.getFixedT(lng)
  const one = (side: 'left' | 'right', role: 'crm' | 'books'): [string, string] => {
    const services = [...new Set(ties.map((tie) => tie[side]).filter(Boolean))]
    const key = `service.${services[0]}`
    if (services.length !== 1) return [t(`either.${role}`), t(`either.${role === 'crm' ? 'Crm' : 'Books'}`)]
    const name = i18n.exists(key) ? t(key as never) : services[0]!
    return [name, name]
  }
  const [crm, Crm] = one('left', 'crm')
  const [books, Books] = one('right', 'books')
  return { crm, books, Crm, Books }
}

const useTies = (): Tie[] => useSession().data?.ties ?? NONE

function useLanguage(): Language {
  return useTranslation().i18n.language === 'en' ? 'en' : 'ja'
}

/** The names of one sync's own services, for the rows of a list; without one, of all syncs. */
export function useNamesOf(): (sync: number | null | undefined) => Names {
  const ties = useTies()
  const lng = useLanguage()
  return useMemo(() => {
    const all = namesOf(ties, lng)
    const own = new Map(ties.map((tie) => [tie.sync, namesOf([tie], lng)]))
    // one that nobody told us of yet may tie any two
    return (sync) => (sync == null ? all : (own.get(sync) ?? namesOf(NONE, lng)))
  }, [ties, lng])
}

/** The schedules of masters are those of the ready-made setup; as long as nothing is linked, they name no service. */
export function usePresetNames(linked: boolean): Names {
  return namesOf(linked ? [{ left: 'kintone', right: 'freee' }] : NONE, useLanguage())
}

/** Texts of the whole product name the services of its syncs, as far as these are all of one pair. */
export function OfWorkspace({ children }: { children: ReactNode }) {
  return <Named names={namesOf(useTies(), useLanguage())}>{children}</Named>
}

/** Texts in here name these two services. */
export function OfServices({ left, right, children }: { left: string; right: string; children: ReactNode }) {
  const lng = useLanguage()
  return <Named names={namesOf([{ left, right }], lng)}>{children}</Named>
}

/** Texts in here speak of one sync, and name its two services. */
export function OfSync({ id, children }: { id: number | null | undefined; children: ReactNode }) {
  const ties = useTies()
  const queries = useQueryClient()
  const names = useNamesOf()(id)
  const unknown = id != null && !ties.some((tie) => tie.sync === id)
  useEffect(() => {
    if (unknown) void queries.invalidateQueries({ queryKey: ['session'] })
  }, [unknown, queries])
  return <Named names={names}>{children}</Named>
}

/** A provider and no change of the defaults: what is on the screen follows, and what is mounted at the same moment cannot miss it. */
function Named({ names, children }: { names: Names; children: ReactNode }) {
  const lng = useLanguage()
  const key = JSON.stringify(names)
  const own = useMemo(
    () => i18n.cloneInstance({ lng, interpolation: { ...i18n.options.interpolation, defaultVariables: JSON.parse(key) as Names } }),
    [lng, key],
  )
  return <I18nextProvider i18n={own}>{children}</I18nextProvider>
}

import i18n, { type TFunction } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from './en'
import { ja } from './ja'

export type Language = 'ja' | 'en'
const KEY = 'choai.language'

/** Same tree of keys, any texts. */
export type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> }

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: typeof ja }
  }
}

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEY)
  if (kept === 'ja' || kept === 'en') return kept
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'ja'
}

/** Texts about either side of a sync, by the first part of their keys. The others speak of the services themselves. */
const OF_SIDES = new Set(['side', 'direction', 'flow', 'phase', 'origin', 'state', 'conflict_policy', 'syncs', 'mapping', 'items', 'partners', 'reconcile', 'inbox', 'undo', 'who'])
const SIDES: Record<Language, [RegExp, string][]> = {
  ja: [[/freee会計|freee/g, '会計'], [/kintone/g, 'CRM']],
  en: [[/freee accounting|freee/g, 'accounting'], [/kintone/g, 'the CRM']],
}
let neutral = false

type Tree = { [key: string]: string | Tree }
const renamed = (of: Tree, lng: Language): Tree =>
  Object.fromEntries(Object.entries(of).map(([key, text]) => [key, typeof text === 'string' ? SIDES[lng].reduce((now, [name, role]) => now.replace(name, role), text) : renamed(text, lng)]))

/** With other services than kintone and freee, texts about a side say CRM and accounting instead of their names. */
export function nameSides(byRole: boolean): void {
  if (neutral === byRole) return
  neutral = byRole
  for (const [lng, texts] of [['ja', ja], ['en', en]] as [Language, Tree][]) {
    const ofSides = Object.fromEntries(Object.entries(texts).filter(([group]) => OF_SIDES.has(group)))
    i18n.addResourceBundle(lng, 'translation', byRole ? renamed(ofSides, lng) : ofSides, true, true)
  }
  void i18n.changeLanguage(i18n.language)
}

export function start(language: Language = firstLanguage()): void {
  void i18n.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'ja',
    resources: { ja: { translation: ja }, en: { translation: en } },
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  document.documentElement.lang = language
}

export function setLanguage(language: Language): void {
  localStorage.setItem(KEY, language)
  document.documentElement.lang = language
  if (i18n.language !== language) void i18n.changeLanguage(language)
}

export const language = (): Language => (i18n.language === 'en' ? 'en' : 'ja')

/** The text of a key that is put together at run time (states, kinds); the last part itself when there is none. */
export function word(_t: TFunction, group: string, key: string): string {
  const full = `${group}.${key}`
  return i18n.exists(full) ? i18n.t(full as never) : key
}

/** The label of something the API names in both languages. */
export function label(of: { ja: string; en: string } | null | undefined): string {
  if (!of) return ''
  return language() === 'en' ? of.en || of.ja : of.ja || of.en
}

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

/** What the two sides of a sync are called in texts; with a capital where a name begins an English sentence. */
export type Names = { crm: string; books: string; Crm: string; Books: string }

export function start(language: Language = firstLanguage()): void {
  void i18n.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'ja',
    resources: { ja: { translation: ja }, en: { translation: en } },
    interpolation: { escapeValue: false, defaultVariables: { ja, en }[language].either },
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
export function word(t: TFunction, group: string, key: string, names?: Names): string {
  const full = `${group}.${key}`
  return i18n.exists(full) ? String(names ? t(full as never, names as never) : t(full as never)) : key
}

/** The label of something the API names in both languages. */
export function label(of: { ja: string; en: string } | null | undefined): string {
  if (!of) return ''
  return language() === 'en' ? of.en || of.ja : of.ja || of.en
}
